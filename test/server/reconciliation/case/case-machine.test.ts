import { describe, expect, it } from 'vitest'
import { CASE_STATES, type CaseInput, type CaseState, type Proposal, nextCase } from '../../../../server/reconciliation/case/case-machine.js'

const proposal = (approvals: Proposal['approvals'] = []): Proposal => ({ action: 'book', reason: 'x', makerId: 'maker', atMs: 1, approvals })
const stateOf = (state: CaseState['state'], riskFen = 100): CaseState => ({ state, riskFen, proposal: state === 'proposed' || state === 'approved' ? proposal() : null })
const INPUTS: Readonly<Record<string, CaseInput>> = {
  'found same': { kind: 'found', same: true, settled: false }, 'found other': { kind: 'found', same: false, settled: false }, 'found settled': { kind: 'found', same: true, settled: true },
  'gone': { kind: 'gone', held: false }, 'gone from suspense': { kind: 'gone', held: true }, 'propose': { kind: 'propose', proposal: proposal() }, 'approve': { kind: 'approve', by: 'checker', atMs: 2, head: false }, 'reject': { kind: 'reject' }, 'reopen': { kind: 'reopen' },
}
/** To which state each input leads; what is not here is refused. */
const TABLE: Readonly<Record<(typeof CASE_STATES)[number], Readonly<Record<string, string>>>> = {
  open: { 'found settled': 'auto', 'gone': 'cleared', 'gone from suspense': 'cleared', 'propose': 'proposed' },
  proposed: { 'found other': 'open', 'found settled': 'auto', 'gone': 'cleared', 'gone from suspense': 'cleared', 'approve': 'approved', 'reject': 'open' },
  approved: { 'found other': 'open', 'found settled': 'auto', 'gone from suspense': 'cleared', 'reopen': 'open' },
  cleared: { 'found same': 'open', 'found other': 'open', 'found settled': 'auto', 'reopen': 'open' },
  auto: { 'found same': 'open', 'found other': 'open' },
}

describe('a case', () => {
  for (const state of CASE_STATES) {
    for (const [name, input] of Object.entries(INPUTS)) {
      it(`${state}: ${name} → ${TABLE[state][name] ?? 'refused'}`, () => expect(nextCase(stateOf(state), input)?.state.state).toBe(TABLE[state][name]))
    }
  }

  it('is never approved by who proposed it, nor twice by one', () => {
    expect(nextCase(stateOf('proposed'), { kind: 'approve', by: 'maker', atMs: 2, head: true })).toBeUndefined()
    const once = nextCase(stateOf('proposed', 20_001), { kind: 'approve', by: 'a', atMs: 2, head: false })
    expect([once?.state.state, once?.effects]).toEqual(['proposed', []])
    expect(nextCase(once?.state as CaseState, { kind: 'approve', by: 'a', atMs: 3, head: true })).toBeUndefined()
  })

  it.each([
    [20_000, [false], 'approved'], [20_001, [false], 'proposed'], [20_001, [false, false], 'approved'], [500_000, [false, false], 'approved'], [500_001, [false, false], 'proposed'],
    [500_001, [true], 'proposed'], [500_001, [false, true], 'approved'],
  ])('%i fen with checkers of all estates %j is %s', (riskFen, heads, expected) => {
    let one = stateOf('proposed', riskFen)
    for (const [index, head] of heads.entries()) one = nextCase(one, { kind: 'approve', by: `c${index}`, atMs: 2, head })?.state as CaseState
    expect(one.state).toBe(expected)
  })

  it('is carried out once, with the last agreement', () => {
    expect(nextCase(stateOf('proposed'), { kind: 'approve', by: 'c', atMs: 2, head: false })?.effects).toEqual([{ kind: 'carry-out', action: 'book' }])
  })
})
