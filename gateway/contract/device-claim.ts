import { Type, type Static } from 'typebox'
import { Closed, Sha256Hex, Slug } from './wire-types.js'

/** A device asks for its certificate, `POST` over HTTPS to the gateway's own address on the estate's network. */
export const DEVICE_CLAIM_PATH = '/v1/device-claims'
const Pem = (charsMax: number) => Type.String({ minLength: 64, maxLength: charsMax })

/**
 * The code itself is never sent, so the device need not know yet whom it talks to. Both sides prove that they know it:
 * with `key` = SHA-256 of the code's text, `proof` is the HMAC-SHA256, hex, of
 * `device-claim.v1\n{deviceId}\n{csrPem}`.
 */
export const DeviceClaimV1 = Closed({
  deviceId: Slug,
  /** PKCS #10 with the device's own key, ECDSA P-256 or RSA of 2 048 bits or more; its subject is not looked at. */
  csrPem: Pem(4_096),
  proof: Sha256Hex,
})
export type DeviceClaimV1 = Static<typeof DeviceClaimV1>

/** `proof`: HMAC-SHA256 as above of `device-claimed.v1\n{caPem}\n{certPem}`; a device trusts neither before it compared. */
export const DeviceClaimedV1 = Closed({
  caPem: Pem(8_192),
  certPem: Pem(8_192),
  proof: Sha256Hex,
  /** Where devices connect, on the address that answered. */
  mqttPort: Type.Integer({ minimum: 1, maximum: 65_535 }),
})
export type DeviceClaimedV1 = Static<typeof DeviceClaimedV1>
