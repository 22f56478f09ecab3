import { Type } from 'typebox'
import { DOOR_MODES } from '#contract/device-messages.js'
import { OVERRIDE_REASONS } from '#contract/passage-record.js'
import { Closed, Nullable, ShortText, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { PASSWORD_CHARS_MAX } from './password-rules.js'
import { DESK_ROLES } from './ports.js'

/** Something to read: no control characters, and more than blanks. */
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^(?=.*\\S)[^\\p{Cc}]*$' })
const LongText = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' })

/** A login is not checked further: what it says is right or wrong. */
export const LoginBody = Closed({ loginName: Type.String({ maxLength: 64 }), password: Type.String({ maxLength: PASSWORD_CHARS_MAX * 2 }) })

export const GateParams = Closed({ gateId: Slug })
export const ZoneParams = Closed({ zoneId: Slug })
export const PersonParams = Closed({ personRef: UuidText })
export const VisitParams = Closed({ visitId: UuidText })
export const AlarmParams = Closed({ alarmId: UuidText })
export const CredentialParams = Closed({ credentialId: UuidText })
export const OperatorParams = Closed({ operatorRef: UuidText })

export const OpenBody = Closed({ reason: Type.Enum(OVERRIDE_REASONS), remark: Type.String({ maxLength: 200 }) })
export const ModeBody = Closed({ mode: Type.Enum(DOOR_MODES), reason: Type.Enum(OVERRIDE_REASONS) })

export const PassagesQuery = Closed({ before: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,6}-[0-9]{1,15}$' })) })
export const PeopleQuery = Closed({ q: Type.String({ maxLength: 64 }) })

/** A consent lasts five years at most: it is asked for anew while a lease goes on. */
export const ConsentBody = Closed({ noticeVersion: ShortText, guardianRef: Nullable(UuidText), days: Type.Integer({ minimum: 1, maximum: 1_830 }) })
/** The body is the photos one behind the other; `bytes` says how long each is. */
export const FaceQuery = Closed({
  bytes: Type.String({ pattern: '^[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*$', maxLength: 100 }),
  allowDuplicate: Type.Optional(Text(200)),
})

export const VisitBody = Closed({
  displayName: Text(64), hostPersonRef: Nullable(UuidText), gateIds: Type.Array(Slug, { minItems: 1, maxItems: 200 }),
  validFromMs: WallMs, validUntilMs: WallMs, passagesMax: Nullable(Type.Integer({ minimum: 1, maximum: 100 })),
})
export const NoteBody = Closed({ text: LongText(2_000) })
export const OperatorBody = Closed({
  loginName: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,31}$' }), displayName: Text(64),
  role: Type.Enum(DESK_ROLES), password: Type.String({ maxLength: PASSWORD_CHARS_MAX * 2 }),
})
export const DisableBody = Closed({ erase: Type.Boolean() })
