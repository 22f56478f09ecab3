import { createHash, sign, verify, type KeyObject } from 'node:crypto'

/** Predecessor of the first record of a gateway's first epoch. */
export const GENESIS_HASH = '0'.repeat(64)

/** A place in one gateway's log. `hash` is the SHA-256, in hex, of the record at `seq`. */
export interface ChainHead {
  readonly gatewayId: string
  readonly epoch: number
  /** 0 where the epoch holds no record yet; `hash` is then the hash the epoch starts from. */
  readonly seq: number
  readonly hash: string
}

export interface ChainLink {
  readonly gatewayId: string
  readonly epoch: number
  readonly seq: number
  /** The record's exact JSON text: it is hashed, stored and sent as these characters, never re-serialised. */
  readonly payload: string
}

/** Hash of one record over its predecessor's hash, its place and its exact payload. Hex, 64 characters. */
export function chainHash(previousHash: string, link: ChainLink): string {
  return createHash('sha256')
    .update(`${previousHash}\n${link.gatewayId}\n${link.epoch}\n${link.seq}\n`)
    .update(link.payload)
    .digest('hex')
}

const headText = (head: ChainHead): Buffer =>
  Buffer.from(`chain-head.v1\n${head.gatewayId}\n${head.epoch}\n${head.seq}\n${head.hash}`)

/** Ed25519 signature of a head, base64. */
export function signHead(head: ChainHead, privateKey: KeyObject): string {
  return sign(null, headText(head), privateKey).toString('base64')
}

/** True where `signature` (base64) is the key holder's over exactly this head. Malformed signatures are false. */
export function verifyHead(head: ChainHead, signature: string, publicKey: KeyObject): boolean {
  return verify(null, headText(head), publicKey, Buffer.from(signature, 'base64'))
}
