import { Type, type Static } from 'typebox'
import { GateV1 } from '#contract/sync-roster.js'
import { Closed, DoorNo, ShortText, Slug, UuidText } from '#contract/wire-types.js'

export const Estate = Closed({ estateId: Slug, name: ShortText, district: ShortText })
export const EstateList = Closed({ estates: Type.Array(Estate) })

export const EstateParams = Closed({ estateId: Slug })
export const GateParams = Closed({ estateId: Slug, gateId: Slug })

const { cameraIds, controllerId, releaseMs, faceFreeWays } = GateV1.properties
/** An empty list of face-free ways passes here and is refused by its own error, which cites the rule. */
export const GateBody = Closed({
  name: ShortText, controllerId, doorNo: DoorNo, releaseMs,
  faceFreeWays: Type.Array(faceFreeWays.items, { maxItems: 4, uniqueItems: true }),
  cameraIds: Type.Array(cameraIds.items, { maxItems: 8, uniqueItems: true }),
})
export const Gate = Closed({ estateId: Slug, gateId: Slug, ...GateBody.properties })

export const GatewayBody = Closed({ estateId: Slug, name: ShortText })
export const NewGateway = Closed({
  gatewayId: UuidText,
  claimToken: Type.String({ description: 'Shown once; the gateway gives it back within its first week' }),
  claimExpiresAtMs: Type.Integer(),
})
export const GatewayParams = Closed({ gatewayId: UuidText })

export type GateBody = Static<typeof GateBody>
