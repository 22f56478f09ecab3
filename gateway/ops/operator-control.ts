import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { Closed } from '#contract/wire-types.js'
import type { Logger } from '#kernel/log.js'
import type { NewOperator, OperatorView } from '../desk/operator-service.js'
import { OperatorBody } from '../desk/schemas.js'
import { gatewayError } from '../errors.js'

/** What the command line asks about those who work at the desk. */
export const OPERATOR_PATHS = { operators: '/v1/operators', disabled: '/v1/operators/disabled' } as const

export const DisableOperatorV1 = Closed({ loginName: Type.String({ minLength: 1, maxLength: 64 }), erase: Type.Boolean() })
export type DisableOperatorV1 = Static<typeof DisableOperatorV1>

export interface OperatorActions {
  list(): Promise<readonly OperatorView[]>
  /** @throws GW_DESK_PASSWORD_RULE, GW_DESK_LOGIN_NAME_TAKEN */
  create(operator: NewOperator): Promise<{ readonly operatorRef: string }>
  /** @throws GW_DESK_NOT_FOUND */
  disable(request: DisableOperatorV1): Promise<void>
}

/** @param actions asked anew for every request: there are none before the gateway is open */
export function addOperatorRoutes(app: FastifyInstance, actions: () => OperatorActions, log: Logger): void {
  const checked = <T>(schema: Parameters<typeof schemaError>[0], value: unknown): T => {
    const problem = schemaError(schema, value)
    if (problem !== undefined) throw gatewayError('GW_CONTROL_INVALID', { problem })
    return value as T
  }
  app.get(OPERATOR_PATHS.operators, async () => ({ operators: await actions().list() }))
  app.post(OPERATOR_PATHS.operators, async (request) => {
    const created = await actions().create(checked<NewOperator>(OperatorBody, request.body))
    log.info(created, 'control: an operator of the desk is added')
    return created
  })
  app.post(OPERATOR_PATHS.disabled, async (request) => {
    await actions().disable(checked<DisableOperatorV1>(DisableOperatorV1, request.body))
    log.info({}, 'control: an operator of the desk is disabled')
    return {}
  })
}
