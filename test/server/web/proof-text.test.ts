import { describe, expect, it } from 'vitest'
import type { GatewayProof } from '../../../server/web/kit/api/types.js'
import { en } from '../../../server/web/kit/words/en.js'
import { zhCn } from '../../../server/web/kit/words/zh-cn.js'
import { proofLines } from '../../../server/web/manager/integrity/proof-text.js'

const writer = { number: (value: number) => value.toLocaleString('en'), list: (items: readonly string[]) => items.join('、') }
const epoch = (change: Partial<GatewayProof['epochs'][number]> = {}): GatewayProof['epochs'][number] => ({
  epoch: 1, verdict: 'whole', records: 900, stored: [{ from: 1, to: 900 }], storedCount: 1, headSeq: 900, missing: [], missingCount: 0, removed: [], removedCount: 0,
  added: [], addedCount: 0, duplicates: 3, chain: 'verified', brokenAtSeq: null, refusedAtSeq: null, head: 'verified', startFollows: true, ...change,
})
const proof = (change: Partial<GatewayProof> = {}): GatewayProof =>
  ({ gatewayId: 'g', estateId: 'estate-1', name: '1 号网关', verdict: 'whole', epochs: [epoch()], clock: [], clockCount: 0, tookMs: 2_400, ...change })
const said = (one: GatewayProof) => proofLines(one, writer).map(({ tone, words }) => [tone, words.key, words.values])

describe('what the proof of a log says', () => {
  it('all is well', () => expect(said(proof({ epochs: [epoch(), epoch({ epoch: 2, records: 10 })] }))).toEqual([['good', 'integrity.proof.whole', { count: 910, seconds: 2 }]]))

  it('where what is wrong', () => {
    const bad = epoch({ verdict: 'tampered', brokenAtSeq: 17, head: 'forged', startFollows: false, removed: [{ from: 5, to: 6 }], removedCount: 1, added: [{ from: 901, to: 901 }], addedCount: 1 })
    const lacking = epoch({ epoch: 2, verdict: 'incomplete', missing: [{ from: 8, to: 9 }], missingCount: 1, refusedAtSeq: 12 })
    expect(said(proof({ verdict: 'tampered', epochs: [bad, lacking] }))).toEqual([
      ['danger', 'integrity.proof.tampered', { count: 1_800, seconds: 2 }],
      ['danger', 'integrity.proof.broken', { epoch: '1', seq: 17 }],
      ['danger', 'integrity.proof.head', { epoch: '1' }],
      ['danger', 'integrity.proof.start', { epoch: '1' }],
      ['danger', 'integrity.proof.removed', { epoch: '1', ranges: '5…6' }],
      ['danger', 'integrity.proof.added', { epoch: '1', ranges: '901' }],
      ['warn', 'integrity.proof.missing', { epoch: '2', ranges: '8…9' }],
      ['warn', 'integrity.proof.refused', { epoch: '2', seq: 12 }],
    ])
  })

  it('which times are in doubt; more than five are counted', () => {
    const clock = Array.from({ length: 6 }, (_, index) => ({ epoch: 1, from: index * 10 + 1, to: index * 10 + 2, cause: 'ahead' as const, offMs: 3_600_000 }))
    const lines = said(proof({ clock, clockCount: 6 }))
    expect(lines).toHaveLength(7)
    expect(lines[1]).toEqual(['warn', 'integrity.proof.clock.ahead', { epoch: '1', ranges: '1…2', seconds: 3_600 }])
    expect(lines[6]).toEqual(['warn', 'integrity.proof.clockMore', { count: 6 }])
  })

  it('has words for every cause in both languages', () => {
    for (const words of [zhCn, en]) expect(Object.keys(words.integrity.proof.clock).sort()).toEqual(['ahead', 'behind', 'set'])
  })
})
