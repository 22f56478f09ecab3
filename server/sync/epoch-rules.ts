import type { SignedHeadV1 } from '#contract/sync-api.js'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import { highestSeq } from './range-rules.js'
import { type EpochState, withHead } from './ingest-rules.js'

/** What a gateway gets that asks for an epoch to write in. */
export type EpochGrant =
  /** Its log holds all that the server ever heard of: it goes on. `state` knows the head that it showed. */
  | { readonly kind: 'continue'; readonly state: EpochState }
  /** The latest epoch was granted before and never written in: a repeated request burns no other one. */
  | { readonly kind: 'again'; readonly state: EpochState }
  /**
   * A new epoch that follows the last head the server holds. `forkedAtSeq`: the gateway signed two heads for that seq
   * of the latest epoch.
   */
  | { readonly kind: 'new'; readonly epoch: number; readonly startHash: string; readonly forkedAtSeq: number | null }

/** A state in which nothing has happened. */
export const newEpochState = (epoch: number, startHash: string): EpochState => ({
  epoch, startHash, contiguousSeq: 0, contiguousHash: startHash, ahead: [],
  headSeq: 0, headHash: startHash, headSignature: null, brokenAtSeq: null, duplicates: 0, unprojected: 0, lastStartSeq: 0,
})

/**
 * A log may go on in the latest epoch only where its head is at or past the last head the server holds: then nothing
 * that the server knows of, stored or only signed for, is missing in it. A log that was lost (`head` null), fell back
 * to an earlier seq or names another record there begins a new epoch, whose first record follows the old head: the old
 * tail stays proven, and what was signed for and never arrived stays named as missing.
 * @param latest the gateway's latest epoch, undefined before the first
 * @param head its signature is verified already
 * @param retiredEpoch latest epoch that the gateway's former hardware could write in: the new hardware never goes on in it
 */
export function grantEpoch(latest: EpochState | undefined, head: SignedHeadV1 | null, retiredEpoch = 0): EpochGrant {
  if (latest === undefined) return { kind: 'new', epoch: (head?.epoch ?? 0) + 1, startHash: GENESIS_HASH, forkedAtSeq: null }
  const same = head !== null && head.epoch === latest.epoch
  const agrees = same && (head.seq > latest.headSeq || (head.seq === latest.headSeq && head.hash === latest.headHash))
  const retired = latest.epoch <= retiredEpoch
  if (agrees && latest.brokenAtSeq === null && !retired) return { kind: 'continue', state: withHead(latest, head) }
  const unused = latest.headSeq === 0 && highestSeq(latest) === 0 && latest.brokenAtSeq === null
  const ahead = head !== null && head.epoch > latest.epoch
  if (unused && !same && !ahead && !retired) return { kind: 'again', state: latest }
  const forked = same && head.seq === latest.headSeq && head.hash !== latest.headHash
  return {
    kind: 'new', epoch: Math.max(latest.epoch, head?.epoch ?? 0) + 1, startHash: latest.headHash,
    forkedAtSeq: forked ? head.seq : null,
  }
}
