import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { Closed } from '#contract/wire-types.js'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'

export const BROKER_FILES_PATH = '/v1/broker-files'

/** `folder`: where the files will lie on the broker's machine. Its configuration has no quotes, so no space or line end either. */
export const BrokerFilesRequestV1 = Closed({ folder: Type.String({ pattern: '^/[^\\s#]*$', maxLength: 512 }) })
export type BrokerFilesRequestV1 = Static<typeof BrokerFilesRequestV1>

/** What an MQTT broker of the estate is set up with: texts of its files. */
export interface BrokerFiles {
  readonly acl: string
  readonly conf: string
  readonly caPem: string
  readonly certPem: string
  readonly keyPem: string
}

/** @throws GW_CONTROL_NOT_READY, GW_BROKER_EMBEDDED */
export type RenderBrokerFiles = (folder: string) => Promise<BrokerFiles>

export function addBrokerRoutes(app: FastifyInstance, render: RenderBrokerFiles, log: Logger): void {
  app.post(BROKER_FILES_PATH, async (request) => {
    const problem = schemaError(BrokerFilesRequestV1, request.body)
    if (problem !== undefined) throw gatewayError('GW_CONTROL_INVALID', { problem })
    const { folder } = request.body as BrokerFilesRequestV1
    log.info({ folder }, 'control: the files of the broker are rendered')
    return render(folder)
  })
}
