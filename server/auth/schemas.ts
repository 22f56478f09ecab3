import { Type } from 'typebox'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'
import { ALL_ESTATES, ROLES, type Role } from './roles.js'
import { PASSWORD_CHARS_MAX } from './password-rules.js'

/** `Type.Union` of a mapped list has no element types: this keeps the roles' own. */
const RoleName = Type.Unsafe<Role>(Type.Union(ROLES.map((role) => Type.Literal(role))))
const Grant = Closed({ role: RoleName, estateId: Type.Union([Slug, Type.Literal(ALL_ESTATES)]) })
/** Compared without case; stored in lower case. */
const LoginName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,31}$' })
const DisplayName = Type.String({ minLength: 1, maxLength: 64, pattern: '^(?=.*\\S)[^\\p{Cc}]*$' })

/** A login is not checked further: what it says is right or wrong. */
export const LoginBody = Closed({ loginName: Type.String({ maxLength: 64 }), password: Type.String({ maxLength: PASSWORD_CHARS_MAX * 2 }) })

/** The one that counts now, and the one to come. */
export const PasswordBody = Closed({ current: Type.String({ maxLength: PASSWORD_CHARS_MAX * 2 }), next: Type.String({ maxLength: PASSWORD_CHARS_MAX * 2 }) })

const Me = Closed({ userId: UuidText, loginName: Type.String(), displayName: Type.String(), grants: Type.Array(Grant) })
export const MeAnswer = Closed({ user: Me })

export const UserBody = Closed({
  loginName: LoginName, displayName: DisplayName, password: Type.String({ maxLength: PASSWORD_CHARS_MAX * 2 }),
  grants: Type.Array(Grant, { minItems: 1, maxItems: 50, uniqueItems: true }),
})
export const NewUser = Closed({ userId: UuidText })
export const UserParams = Closed({ userId: UuidText })
export const UserList = Closed({ users: Type.Array(Closed({ ...Me.properties, disabledAtMs: Type.Union([Type.Integer(), Type.Null()]) })) })
