import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { Closed, Slug } from '#contract/wire-types.js'
import type { Logger } from '#kernel/log.js'
import type { DeviceCertificate } from '../device/certificate-authority.js'
import type { TerminalPresence } from '../device/oem/terminal-status.js'
import { gatewayError } from '../errors.js'

/** `POST` issues the way in of one terminal, `GET` lists all. */
export const TERMINALS_PATH = '/v1/terminals'

export const IssueTerminalV1 = Closed({
  id: Slug,
  credential: Type.Union([Type.Literal('certificate'), Type.Literal('login')]),
  /** Of a login; the id where it is left out. */
  userName: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,32}$' })),
})
export type IssueTerminalV1 = Static<typeof IssueTerminalV1>

/** What goes onto the terminal. The gateway keeps no copy of a key or password. */
export type IssuedTerminal =
  | { readonly kind: 'certificate'; readonly terminalId: string; readonly certificate: DeviceCertificate }
  | { readonly kind: 'login'; readonly terminalId: string; readonly userName: string; readonly password: string }

export interface TerminalReport extends TerminalPresence {
  readonly terminalId: string
  readonly credential: 'certificate' | 'login'
  readonly revoked: boolean
  readonly persons: { readonly held: number; readonly wanted: number; readonly failed: number; readonly deleting: number }
  /** Persons whom the terminal did not take, each with the name of its error. */
  readonly errors: ReadonlyArray<{ readonly personRef: string; readonly error: string; readonly code: number; readonly tries: number }>
  /** Records that the terminal counted and this gateway never got. */
  readonly recordsMissing: number
}

/** What the command line can ask about face terminals of other makers. */
export interface TerminalActions {
  list(): readonly TerminalReport[]
  /** @throws GW_DEVICE_EXISTS where a device of the contract has this id; GW_TERMINAL_FILES */
  issue(request: IssueTerminalV1): Promise<IssuedTerminal>
  /** @throws GW_DEVICE_UNKNOWN */
  revoke(id: string): Promise<void>
}

/** @param actions asked anew for every request: there are none before the gateway is open */
export function addTerminalRoutes(app: FastifyInstance, actions: () => TerminalActions, log: Logger): void {
  app.get(TERMINALS_PATH, () => ({ terminals: actions().list() }))
  app.post(TERMINALS_PATH, async (request) => {
    const problem = schemaError(IssueTerminalV1, request.body)
    if (problem !== undefined) throw gatewayError('GW_CONTROL_INVALID', { problem })
    const body = request.body as IssueTerminalV1
    log.info({ terminalId: body.id, credential: body.credential }, 'control: a terminal is given its way in')
    return actions().issue(body)
  })
}
