import type { DeviceClaimV1, DeviceClaimedV1 } from '#contract/device-claim.js'
import type { RegisterKind } from '#contract/device-records.js'
import type { DeviceKind } from '#contract/message-table.js'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { gatewayError } from '../errors.js'
import type { GatewayStore } from '../store/types.js'
import type { ClaimCodeRow } from './care-ports.js'
import type { CertificateAuthority } from './certificate-authority.js'
import { readSigningRequest } from './certificate-issuer.js'
import { claimProves, claimedProof, codeSha256Of } from './claim-proof.js'
import type { DeviceRegistry } from './registry.js'

/** An installer goes round the estate in a day. */
export const CLAIM_CODE_MS = 24 * 3_600_000
/** Crockford's letters: none is taken for another when read out. 16 of them are 80 bits. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LETTERS = 16

/** Gives devices their certificates: a code is given out, the device proves that it knows it and has its own key signed. */
export interface ClaimService {
  /** A new code for one device; an earlier one is void. @throws GW_DEVICE_EXISTS where the id is registered with another kind */
  giveOut(device: { deviceKind: DeviceKind; deviceId: string }): Promise<{ readonly code: string; readonly expiresAtMs: number }>
  /** A code that the server gave out. The same again is no change. @throws GW_DEVICE_EXISTS */
  accept(given: { deviceKind: DeviceKind; deviceId: string; codeSha256: string; validMs: number }): Promise<void>
  /**
   * One certificate a code. The same key may ask again as long as the code is valid, for an answer that was lost; the
   * device's earlier certificate is refused from now on.
   * @throws GW_CLAIM_REQUEST, GW_CLAIM_REFUSED, GW_DEVICE_EXISTS
   */
  claim(claim: DeviceClaimV1): Promise<Omit<DeviceClaimedV1, 'mqttPort'>>
}

export interface ClaimServiceDeps {
  readonly authority: Pick<CertificateAuthority, 'signDevice'>
  readonly registry: Pick<DeviceRegistry, 'register'> & { /** Of devices and terminals alike. */ kindOf(deviceId: string): RegisterKind | undefined }
  readonly store: Pick<GatewayStore, 'transact'>
  /** Ends the connection that the device may have with its earlier certificate. */
  readonly disconnect: (deviceId: string) => void
  readonly clock: Clock
  readonly random: RandomSource
}

/** 256 is a multiple of 32: every letter is as likely as the other. */
const newCode = (random: RandomSource): string =>
  [...random.bytes(CODE_LETTERS)].map((byte) => LETTERS[byte % LETTERS.length]).join('').replace(/(.{4})(?!$)/g, '$1-')

export function createClaimService(deps: ClaimServiceDeps): ClaimService {
  const { authority, registry, store, clock, random } = deps

  const checkKind = (deviceId: string, deviceKind: DeviceKind): void => {
    const held = registry.kindOf(deviceId)
    if (held !== undefined && held !== deviceKind) throw gatewayError('GW_DEVICE_EXISTS', { deviceId, deviceKind: held })
  }
  /** The code that this claim proves, by a key that may use it; one answer for whatever is wrong, so that nothing is told. */
  const proven = (row: ClaimCodeRow | undefined, claim: DeviceClaimV1, keySha256: string): ClaimCodeRow => {
    const isOpen = row !== undefined && row.expiresAtMs > clock.wallMs() && (row.usedKeySha256 ?? keySha256) === keySha256
    if (!isOpen || !claimProves(row.codeSha256, claim)) throw gatewayError('GW_CLAIM_REFUSED', { deviceId: claim.deviceId })
    return row
  }

  return {
    async giveOut({ deviceKind, deviceId }) {
      checkKind(deviceId, deviceKind)
      const code = newCode(random)
      const expiresAtMs = clock.wallMs() + CLAIM_CODE_MS
      await store.transact((tx) => tx.putClaimCode({ deviceId, deviceKind, codeSha256: codeSha256Of(code), expiresAtMs, usedKeySha256: null }))
      return { code, expiresAtMs }
    },
    async accept({ deviceKind, deviceId, codeSha256, validMs }) {
      checkKind(deviceId, deviceKind)
      const expiresAtMs = clock.wallMs() + validMs
      await store.transact(async (tx) => {
        if ((await tx.findClaimCode(deviceId))?.codeSha256 === codeSha256) return
        await tx.putClaimCode({ deviceId, deviceKind, codeSha256, expiresAtMs, usedKeySha256: null })
      })
    },
    async claim(claim) {
      const { deviceId, csrPem } = claim
      const request = await readSigningRequest(csrPem)
      if (!request.ok) throw gatewayError('GW_CLAIM_REQUEST', { field: 'csrPem', problem: request.error })
      const { keySha256 } = request.value
      const { deviceKind, codeSha256 } = proven(await store.transact((tx) => tx.findClaimCode(deviceId)), claim, keySha256)
      const { certPem, caPem, fingerprint } = await authority.signDevice({ deviceKind, deviceId }, request.value)
      await registry.register({ deviceId, deviceKind, certificateFingerprint: fingerprint }, async (tx) => {
        // Looked at again where nothing comes between: of two that ask at once one gets the code.
        const row = proven(await tx.findClaimCode(deviceId), claim, keySha256)
        await tx.putClaimCode({ ...row, usedKeySha256: keySha256 })
        await tx.dropParameterResult(deviceId)
      })
      deps.disconnect(deviceId)
      return { certPem, caPem, proof: claimedProof(codeSha256, { caPem, certPem }) }
    },
  }
}
