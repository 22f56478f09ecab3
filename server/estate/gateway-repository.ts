import type { Tx } from '../db/transaction.js'

export interface NewGateway {
  readonly gatewayId: string
  readonly estateId: string
  readonly name: string
  /** SHA-256 of the claim token, hex. */
  readonly claimTokenHash: string
  readonly claimExpiresAtMs: number
}

export async function insert(tx: Tx, gateway: NewGateway, createdAtMs: number): Promise<void> {
  const claimExpiresAtMs = BigInt(gateway.claimExpiresAtMs)
  await tx.gateway.create({ data: { ...gateway, claimExpiresAtMs, createdAtMs: BigInt(createdAtMs) } })
}

export async function find(tx: Tx, gatewayId: string): Promise<{ estateId: string; revoked: boolean; signingPublicKey: string | null } | null> {
  const row = await tx.gateway.findUnique({ where: { gatewayId }, select: { estateId: true, revokedAtMs: true, signingPublicKey: true } })
  return row === null ? null : { estateId: row.estateId, revoked: row.revokedAtMs !== null, signingPublicKey: row.signingPublicKey }
}

/** Neither its credential nor its claim token opens anything any more; what it sent stays. */
export const revoke = async (tx: Tx, gatewayId: string, atMs: number): Promise<void> => void (await tx.gateway.update({
  where: { gatewayId }, data: { revokedAtMs: BigInt(atMs), credentialHash: null, claimTokenHash: null, claimExpiresAtMs: null },
}))

/** Neither the old credential nor the old token opens anything; the new token takes any key, once. */
export const reopenClaim = async (tx: Tx, gatewayId: string, claim: { claimTokenHash: string; claimExpiresAtMs: number }): Promise<void> => void (
  await tx.gateway.update({
    where: { gatewayId },
    data: {
      claimTokenHash: claim.claimTokenHash, claimExpiresAtMs: BigInt(claim.claimExpiresAtMs),
      credentialHash: null, signingPublicKey: null, claimedAtMs: null, revokedAtMs: null,
    },
  }))
