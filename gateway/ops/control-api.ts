import { Type, type Static } from 'typebox'
import { DEVICE_KINDS } from '#contract/message-table.js'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'

/** Requests of the command line to the running gateway, over `<dataDir>/control.sock`. */
export const CONTROL_PATHS = {
  status: '/v1/status',
  stop: '/v1/stop',
  devices: '/v1/devices',
  revoke: '/v1/revocations',
  enrol: '/v1/enrolments',
  backup: '/v1/backups',
} as const

export const IssueDeviceV1 = Closed({ kind: Type.Union(DEVICE_KINDS.map((kind) => Type.Literal(kind))), id: Slug })
export type IssueDeviceV1 = Omit<Static<typeof IssueDeviceV1>, 'kind'> & { kind: (typeof DEVICE_KINDS)[number] }

export const RevokeDeviceV1 = Closed({ id: Slug })
export type RevokeDeviceV1 = Static<typeof RevokeDeviceV1>

/**
 * An enrolment's body is the photos one behind the other; the query says whose they are and how long each is,
 * `?personRef=UUID&bytes=51234,48211`. Nothing is encoded, so nothing has to be decoded on the thread that opens doors.
 */
export const EnrolQueryV1 = Closed({
  personRef: UuidText,
  bytes: Type.String({ pattern: '^[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*$', maxLength: 100 }),
  /** The manager, and the reason, where a face that counts as somebody else's is enrolled all the same: both or neither. */
  allowBy: Type.Optional(UuidText),
  allowReason: Type.Optional(Type.String({ minLength: 3, maxLength: 200, pattern: '\\S' })),
})
export type EnrolQueryV1 = Static<typeof EnrolQueryV1>

/** Media type of an enrolment's body. */
export const PHOTOS_TYPE = 'application/octet-stream'

/** Where the control socket of a data directory is. */
export const CONTROL_SOCKET = 'control.sock'
