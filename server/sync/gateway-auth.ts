import { createHash } from 'node:crypto'
import type { Clock } from '#kernel/clock.js'
import type { Database } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { Origin } from './record-place.js'
import { findByCredential, noteContact } from './gateway-repository.js'

/** A gateway whose credential was right. */
export interface KnownGateway extends Origin {
  /** SPKI DER, base64. */
  readonly signingPublicKey: string
}

export interface GatewayAuth {
  /**
   * The gateway behind an `Authorization` header. Nothing is remembered between requests: a revocation holds from the
   * next one on.
   * @throws AppError SV_GATEWAY_CREDENTIAL where there is none, it is malformed, unknown or revoked
   */
  authenticate(authorization: string | undefined): Promise<KnownGateway>
}

const BEARER = /^Bearer ([A-Za-z0-9_-]{43})$/
/** The time of last contact is written at most this often. */
export const CONTACT_EVERY_MS = 10_000

export const credentialHashOf = (credential: string): string => createHash('sha256').update(credential).digest('hex')

/** @param deps.contacted told after the time of last contact was written */
export function createGatewayAuth(deps: { db: Database; clock: Clock; contacted: (gateway: Origin) => void }): GatewayAuth {
  return {
    async authenticate(authorization) {
      const credential = BEARER.exec(authorization ?? '')?.[1]
      const hash = credential === undefined ? undefined : credentialHashOf(credential)
      const gateway = hash === undefined ? undefined : await findByCredential(deps.db.read, hash)
      if (hash === undefined || gateway === undefined || gateway.revoked || gateway.signingPublicKey === null) throw fail('SV_GATEWAY_CREDENTIAL')
      const { gatewayId, estateId, signingPublicKey, lastContactAtMs } = gateway
      const now = deps.clock.wallMs()
      const due = lastContactAtMs === null || Math.abs(now - lastContactAtMs) >= CONTACT_EVERY_MS
      if (gateway.claimOpen || due) {
        await deps.db.transact((tx) => noteContact(tx, hash, now))
        deps.contacted({ gatewayId, estateId })
      }
      return { gatewayId, estateId, signingPublicKey }
    },
  }
}
