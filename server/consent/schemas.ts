import { Type } from 'typebox'
import { ConsentV1 } from '#contract/sync-roster.js'
import { Closed, Sha256Hex, Slug, UuidText } from '#contract/wire-types.js'

const { personRef, noticeVersion, guardianRef, expiresAtMs } = ConsentV1.properties
const MsOrNull = Type.Union([Type.Integer(), Type.Null()])

export const ConsentBody = Closed({ personRef, noticeVersion, guardianRef, expiresAtMs })
export const NewConsent = Closed({ consentId: UuidText })
export const ConsentParams = Closed({ consentId: UuidText })
export const ConsentQuery = Closed({ personRef: UuidText })
/** Withdrawing asks for nothing: no reason, no form. */
export const WithdrawBody = Closed({})

const fields = {
  consentId: UuidText, personRef: UuidText, purpose: Type.String(), noticeVersion: Type.String(), guardianRef,
  grantedAtMs: Type.Integer(), expiresAtMs: Type.Integer(), endedAtMs: MsOrNull,
  endCause: Type.Union([Type.String({ description: 'withdrawn, expired or person-removed' }), Type.Null()]),
}
export const ConsentList = Closed({ consents: Type.Array(Closed(fields)) })
export const ConsentDetail = Closed({
  ...fields,
  holdings: Type.Array(Closed({
    gatewayId: UuidText, templates: Type.Integer({ description: 'Templates that it holds or held' }), enrolledAtMs: MsOrNull, erasedAtMs: MsOrNull,
    terminals: Type.Array(Closed({ deviceId: Slug, state: Type.Enum(['held', 'pending', 'done']) }), {
      description: 'Face terminals that match by themselves; one that was told to let go and has not proven it is pending',
    }),
  }), { description: 'What each gateway reported: the consent is carried out where every holding is erased' }),
})

export const NoticeList = Closed({
  notices: Type.Array(Closed({
    version: Type.String(), purpose: Type.String(), textZh: Type.String(), textEn: Type.String(),
    sha256: Sha256Hex, publishedAtMs: Type.Integer(),
  })),
})
