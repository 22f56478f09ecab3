import { describe, expect, it } from 'vitest'
import type { SignedHeadV1 } from '#contract/sync-api.js'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import { grantEpoch, newEpochState } from '../../../server/sync/epoch-rules.js'
import type { EpochState } from '../../../server/sync/ingest-rules.js'

const hash = (text: string): string => text.repeat(64).slice(0, 64)
const head = (epoch: number, seq: number, of = hash(String(seq % 10))): SignedHeadV1 => ({ epoch, seq, hash: of, signature: 's' })
/** Epoch 3 with all up to 480 stored and a signed head at 500. */
const known: EpochState = {
  ...newEpochState(3, hash('a')), contiguousSeq: 480, contiguousHash: hash('0'), headSeq: 500, headHash: hash('5'), headSignature: 'x', duplicates: 4,
}
const fresh = newEpochState(4, hash('b'))

describe('the epoch that a gateway gets', () => {
  it.each<[string, EpochState | undefined, SignedHeadV1 | null, unknown]>([
    ['its first, with an empty log', undefined, null, { kind: 'new', epoch: 1, startHash: GENESIS_HASH, forkedAtSeq: null }],
    ['one above its own where the server lost everything', undefined, head(5, 9), { kind: 'new', epoch: 6, startHash: GENESIS_HASH, forkedAtSeq: null }],
    ['the same, with exactly the head that the server holds', known, head(3, 500, hash('5')), { kind: 'continue', state: known }],
    ['the same, past that head, which the server then holds', known, head(3, 507, hash('7')),
      { kind: 'continue', state: { ...known, headSeq: 507, headHash: hash('7'), headSignature: 's' } }],
    ['a new one where the log fell back behind the head, though what is stored is in it', known, head(3, 499), { kind: 'new', epoch: 4, startHash: hash('5'), forkedAtSeq: null }],
    ['a new one where the log fell back behind what is stored', known, head(3, 20), { kind: 'new', epoch: 4, startHash: hash('5'), forkedAtSeq: null }],
    ['a new one, and the old is forked, where another record stands at the head', known, head(3, 500, hash('6')), { kind: 'new', epoch: 4, startHash: hash('5'), forkedAtSeq: 500 }],
    ['a new one where the log was lost', known, null, { kind: 'new', epoch: 4, startHash: hash('5'), forkedAtSeq: null }],
    ['a new one where the log is of an earlier epoch', known, head(2, 900), { kind: 'new', epoch: 4, startHash: hash('5'), forkedAtSeq: null }],
    ['one above its own where the server was restored from before it', known, head(7, 3), { kind: 'new', epoch: 8, startHash: hash('5'), forkedAtSeq: null }],
    ['a new one where the chain broke, whatever the head', { ...known, brokenAtSeq: 490 }, head(3, 507), { kind: 'new', epoch: 4, startHash: hash('5'), forkedAtSeq: null }],
    ['the granted one again where nothing was written in it', fresh, null, { kind: 'again', state: fresh }],
    ['the granted one again with the log of the epoch before', fresh, head(3, 499), { kind: 'again', state: fresh }],
    ['the granted one to go on in, empty as it is', fresh, head(4, 0, hash('b')), { kind: 'continue', state: fresh }],
    ['a new one where an empty log begins elsewhere', fresh, head(4, 0, hash('c')), { kind: 'new', epoch: 5, startHash: hash('b'), forkedAtSeq: 0 }],
  ])('is %s', (_name, latest, shown, granted) => {
    expect(grantEpoch(latest, shown)).toEqual(granted)
  })
})
