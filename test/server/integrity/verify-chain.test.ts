import { describe, expect, it } from 'vitest'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import { type ChainRow, verifyChain } from '../../../server/integrity/verify-chain.js'
import { createGatewayLog } from '../sync/gateway-log.js'

const log = createGatewayLog('gw')
log.append(...Array.from({ length: 8 }, (_, index) => ({ number: index + 1 })))
const rows: ChainRow[] = log.batch(1, 8).records
const start = { gatewayId: 'gw', epoch: 1, hash: GENESIS_HASH }
const without = (...seqs: number[]): ChainRow[] => rows.filter((row) => !seqs.includes(row.seq))
const with_ = (seq: number, change: Partial<ChainRow>): ChainRow[] => rows.map((row) => (row.seq === seq ? { ...row, ...change } : row))

describe('the chain of an epoch, from its rows alone', () => {
  it.each<[string, ChainRow[], object]>([
    ['whole', rows, { records: 8, contiguousSeq: 8, contiguousHash: log.hashAt(8), brokenAtSeq: null, missing: [], gaps: 0 }],
    ['empty', [], { records: 0, contiguousSeq: 0, contiguousHash: GENESIS_HASH, brokenAtSeq: null, missing: [], gaps: 0 }],
    ['with records taken out', without(3, 4, 7), { records: 5, contiguousSeq: 2, contiguousHash: log.hashAt(2), brokenAtSeq: null, missing: [{ from: 3, to: 4 }, { from: 7, to: 7 }], gaps: 2 }],
    ['without its beginning', without(1), { records: 7, contiguousSeq: 0, contiguousHash: GENESIS_HASH, brokenAtSeq: null, missing: [{ from: 1, to: 1 }], gaps: 1 }],
    ['with a changed payload', with_(5, { payload: '{"number":50}' }), { records: 8, contiguousSeq: 4, contiguousHash: log.hashAt(4), brokenAtSeq: 5, missing: [], gaps: 0 }],
    ['with a changed hash', with_(5, { hash: 'f'.repeat(64) }), { records: 8, contiguousSeq: 4, contiguousHash: log.hashAt(4), brokenAtSeq: 5, missing: [], gaps: 0 }],
    ['changed behind a gap', with_(8, { payload: '{}' }).filter((row) => row.seq !== 3), { records: 7, contiguousSeq: 2, contiguousHash: log.hashAt(2), brokenAtSeq: 8, missing: [{ from: 3, to: 3 }], gaps: 1 }],
  ])('%s', async (_name, some, report) => expect(await verifyChain(start, some)).toEqual(report))

  it('is that of this gateway, epoch and start alone', async () => {
    for (const wrong of [{ gatewayId: 'other' }, { epoch: 2 }, { hash: 'a'.repeat(64) }]) {
      expect(await verifyChain({ ...start, ...wrong }, rows)).toMatchObject({ contiguousSeq: 0, brokenAtSeq: 1 })
    }
  })

  it('wants its rows in order', async () => {
    await expect(verifyChain(start, [...rows].reverse())).rejects.toThrow(RangeError)
    await expect(verifyChain(start, [...rows, rows[7] as ChainRow])).rejects.toThrow(RangeError)
  })
})
