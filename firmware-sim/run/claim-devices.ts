import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '#kernel/log.js'
import { claimIdentity } from '../device/claim.js'

/** A device that may still have to fetch its certificate. */
export interface ClaimableEntry {
  readonly id: string
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
  /** Where to claim, and the code that the installer was given. */
  readonly claim?: { readonly url: string; readonly code: string } | undefined
}

/**
 * Every device without a certificate makes its key and claims one; what it has then lies where its entry says, the key for
 * this user's eyes only.
 * @throws AppError SIM_CLAIM
 */
export async function claimMissing(entries: readonly ClaimableEntry[], log: Logger): Promise<void> {
  for (const { id, caFile, certFile, keyFile, claim } of entries) {
    if (claim === undefined || [caFile, certFile, keyFile].every((file) => existsSync(file))) continue
    const { caPem, certPem, keyPem } = await claimIdentity({ ...claim, deviceId: id })
    mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 })
    writeFileSync(keyFile, keyPem, { mode: 0o600 })
    writeFileSync(caFile, caPem)
    writeFileSync(certFile, certPem)
    log.info({ device: id }, 'claimed its certificate')
  }
}
