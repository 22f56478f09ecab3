import { Type, type Static } from 'typebox'
import { GateV2 } from '#contract/sync-roster.js'
import { Closed, DoorNo, ShortText, Slug, UuidText } from '#contract/wire-types.js'

export const Estate = Closed({ estateId: Slug, name: ShortText, district: ShortText })
export const EstateList = Closed({ estates: Type.Array(Estate) })

export const EstateParams = Closed({ estateId: Slug })
export const GateParams = Closed({ estateId: Slug, gateId: Slug })

const { zoneId, devices, controllerId, releaseMs, faceFreeWays, rules } = GateV2.properties
/** An empty list of face-free ways passes here and is refused by its own error, which cites the rule. */
export const GateBody = Closed({
  name: ShortText, controllerId, doorNo: DoorNo, releaseMs, devices,
  faceFreeWays: Type.Array(faceFreeWays.items, { maxItems: 4, uniqueItems: true }),
  zoneId: Type.Optional(zoneId), rules: Type.Optional(rules),
})
export const Gate = Closed({ estateId: Slug, gateId: Slug, ...GateBody.properties, zoneId, rules })
export const GateList = Closed({ gates: Type.Array(Gate) })

export const GatewayBody = Closed({ estateId: Slug, name: ShortText })
export const NewGateway = Closed({
  gatewayId: UuidText,
  claimToken: Type.String({ description: 'Shown once; the gateway gives it back within its first week' }),
  claimExpiresAtMs: Type.Integer(),
})
export const GatewayParams = Closed({ gatewayId: UuidText })

export type GateBody = Static<typeof GateBody>
