import { Type } from 'typebox'
import { Closed, UuidText } from '#contract/wire-types.js'
import { CODE_DIGITS } from './phone-code-rules.js'

const Phone = Type.String({ minLength: 11, maxLength: 32, description: 'Mainland mobile number' })

export const CodeBody = Closed({ phone: Phone })
export const CodeAnswer = Closed({ expiresInSeconds: Type.Integer() })
export const PhoneLoginBody = Closed({
  phone: Phone, code: Type.String({ pattern: `^[0-9]{${CODE_DIGITS}}$` }),
  personRef: Type.Optional({ ...UuidText, description: 'One of those that were offered, where the number is that of several persons' }),
})
export const PhoneLoginAnswer = Type.Union([
  Closed({ state: Type.Literal('in') }),
  Closed({ state: Type.Literal('choose'), persons: Type.Array(Closed({ personRef: UuidText, nameMasked: Type.String(), estateName: Type.String(), unitLabel: Type.String() })) }),
])
