import { Type } from 'typebox'
import { HouseholdNo } from '#contract/till-messages.js'

/** What a till's entry in the devices file has beside its connection. */
export const tillFields = {
  /** Whose people come by. */
  households: Type.Optional(Type.Array(HouseholdNo, { maxItems: 1_000 })),
  customerSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 })),
}
