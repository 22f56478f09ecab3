import type { Tx } from '../db/transaction.js'

export interface GatewayRecord {
  readonly gatewayId: string
  readonly estateId: string
  readonly claimExpiresAtMs: number | null
  readonly signingPublicKey: string | null
  readonly lastContactAtMs: number | null
  readonly revoked: boolean
  /** The claim token still opens something: the credential was never used. */
  readonly claimOpen: boolean
}

interface GatewayRow {
  readonly gatewayId: string
  readonly estateId: string
  readonly claimTokenHash: string | null
  readonly claimExpiresAtMs: bigint | null
  readonly signingPublicKey: string | null
  readonly revokedAtMs: bigint | null
  readonly lastContactAtMs: bigint | null
}

const recordOf = (row: GatewayRow): GatewayRecord => ({
  gatewayId: row.gatewayId, estateId: row.estateId, signingPublicKey: row.signingPublicKey,
  claimExpiresAtMs: row.claimExpiresAtMs === null ? null : Number(row.claimExpiresAtMs),
  lastContactAtMs: row.lastContactAtMs === null ? null : Number(row.lastContactAtMs),
  revoked: row.revokedAtMs !== null, claimOpen: row.claimTokenHash !== null,
})

export async function findByClaimToken(tx: Tx, claimTokenHash: string): Promise<GatewayRecord | undefined> {
  const row = await tx.gateway.findUnique({ where: { claimTokenHash } })
  return row === null ? undefined : recordOf(row)
}

export async function findByCredential(tx: Tx, credentialHash: string): Promise<GatewayRecord | undefined> {
  const row = await tx.gateway.findUnique({ where: { credentialHash } })
  return row === null ? undefined : recordOf(row)
}

export interface Claim {
  readonly credentialHash: string
  readonly signingPublicKey: string
}

export const saveClaim = async (tx: Tx, gatewayId: string, claim: Claim, atMs: number): Promise<void> =>
  void (await tx.gateway.update({ where: { gatewayId }, data: { ...claim, claimedAtMs: BigInt(atMs) } }))

/** Notes a request that came with this credential: the claim token is spent from here on. */
export const noteContact = async (tx: Tx, credentialHash: string, atMs: number): Promise<void> => void (
  await tx.gateway.updateMany({
    where: { credentialHash, revokedAtMs: null }, data: { claimTokenHash: null, claimExpiresAtMs: null, lastContactAtMs: BigInt(atMs) },
  }))

/** Public keys that the gateway signs with, or signed with on former hardware, SPKI DER, base64. */
export async function signingKeysOf(tx: Tx, gatewayId: string): Promise<string[]> {
  const row = await tx.gateway.findUnique({ where: { gatewayId }, select: { signingPublicKey: true } })
  const former = await tx.gatewayFormerKey.findMany({ where: { gatewayId }, orderBy: { retiredAtMs: 'asc' }, select: { signingPublicKey: true } })
  return [...former, row].flatMap((one) => one?.signingPublicKey ?? [])
}

/** Latest epoch that former hardware of the gateway could write in, 0 where there was none. */
export async function retiredEpoch(tx: Tx, gatewayId: string): Promise<number> {
  const { _max: { lastEpoch } } = await tx.gatewayFormerKey.aggregate({ where: { gatewayId }, _max: { lastEpoch: true } })
  return lastEpoch ?? 0
}

/** Keeps the key that the gateway signed with until now; the same again is no change. */
export const retireKey = async (tx: Tx, gatewayId: string, signingPublicKey: string, lastEpoch: number, atMs: number): Promise<void> => void (
  await tx.gatewayFormerKey.upsert({
    where: { gatewayId_signingPublicKey: { gatewayId, signingPublicKey } }, update: {},
    create: { gatewayId, signingPublicKey, lastEpoch, retiredAtMs: BigInt(atMs) },
  }))
