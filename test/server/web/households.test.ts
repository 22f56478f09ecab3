import { effectScope, nextTick, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { ApiFailure } from '../../../server/web/kit/api/failure.js'
import type { Household, HouseholdPage, ImportPreview, Member, MoveEffects } from '../../../server/web/kit/api/household-types.js'
import type { Move } from '../../../server/web/kit/api/household-api.js'
import { effectLines } from '../../../server/web/manager/households/effect-lines.js'
import { entryOf, missingField, newMember } from '../../../server/web/manager/households/member-draft.js'
import { membersByDay, useHousehold } from '../../../server/web/manager/households/use-household.js'
import { useHouseholds } from '../../../server/web/manager/households/use-households.js'
import { useImport } from '../../../server/web/manager/households/use-import.js'
import { useMove } from '../../../server/web/manager/households/use-move.js'
import { settled } from './support/promises.js'

const inScope = <T>(make: () => T): T => effectScope().run(make) as T
const household = (no: string): Household => ({ householdId: no, estateId: 'e', householdNo: no, headName: '', members: 1, lease: null })
const member = (personRef: string, fromDate: string, untilDate: string | null, role: Member['role'] = 'other'): Member =>
  ({ memberId: `${personRef} ${fromDate}`, personRef, role, fromDate, untilDate, displayName: personRef, birthDate: '1980-01-01', phoneMasked: null })
const MIDNIGHT = Date.parse('2026-06-01T00:00:00+08:00')
const DAY_MS = 86_400_000
const OUT: Move = { kind: 'out', householdId: 'h', entry: { lastDate: '2026-06-30' } }
const NOTHING: MoveEffects = { householdIds: ['h'], leases: [], people: [], passes: [] }

describe('households', () => {
  it('are searched once typing pauses; an answer to an earlier question is dropped', async () => {
    const clock = createVirtualClock()
    const asked: object[] = []
    const answers: Array<(page: HouseholdPage) => void> = []
    const estateId = ref('e')
    const list = inScope(() => useHouseholds({
      api: { households: (query) => new Promise((resolve) => { asked.push({ ...query }); answers.push(resolve) }) }, after: (delayMs, callback) => clock.after(delayMs, callback), estateId,
    }))
    void list.reload()
    list.q.value = ' 3栋 '
    await nextTick()
    clock.advance(249)
    expect(asked.length).toBe(1)
    clock.advance(1)
    answers[1]?.({ households: [household('B')], next: 'n' })
    answers[0]?.({ households: [household('A')], next: null })
    await settled()
    expect(list.households.value?.map((each) => each.householdNo)).toEqual(['B'])
    void list.loadMore()
    answers[2]?.({ households: [household('C')], next: null })
    await settled()
    list.state.value = 'over'
    await nextTick()
    expect(asked).toEqual([
      { estateId: 'e', q: '', state: '', limit: 50 }, { estateId: 'e', q: '3栋', state: '', limit: 50 }, { estateId: 'e', q: '3栋', state: '', limit: 50, after: 'n' },
      { estateId: 'e', q: '3栋', state: 'over', limit: 50 },
    ])
    expect([list.households.value?.map((each) => each.householdNo), list.hasMore.value]).toEqual([['B', 'C'], false])
  })

  it('show each person once, by the membership of the day, and apart who left', () => {
    const members = [
      member('head', '2020-01-01', '2026-06-15', 'head'), member('spouse', '2020-01-01', '2026-06-15', 'spouse'), member('spouse', '2026-06-16', null, 'head'),
      member('gone', '2020-01-01', '2025-01-01'), member('soon', '2026-07-01', null),
    ]
    const shown = (today: string) => {
      const { now, former } = membersByDay(members, today)
      return [now.map((each) => `${each.personRef} ${each.role}`), former.map((each) => each.personRef)]
    }
    expect(shown('2026-06-01')).toEqual([['head head', 'spouse spouse', 'soon other'], ['gone']])
    expect(shown('2026-06-20')).toEqual([['spouse head', 'soon other'], ['head', 'gone']])
  })

  it('have a card that stands without what its reader may not see', async () => {
    const card = { householdId: 'h', estateId: 'e', householdNo: 'n', today: '2026-06-01', leases: [], members: [member('a', '2020-01-01', null)] }
    const refused = () => Promise.reject(new ApiFailure('forbidden', 'SV_AUTH_FORBIDDEN'))
    const resource = inScope(() => useHousehold({ household: () => Promise.resolve(card), householdSeen: refused, consents: refused, permits: () => Promise.resolve({ permits: [] }) }, 'h'))
    await resource.load()
    expect(resource.data.value?.members).toEqual([{ member: card.members[0], consents: null, permits: [], seen: undefined }])
  })
})

describe('a move', () => {
  it('is looked at, then done; what was looked at is what is done', async () => {
    const calls: unknown[] = []
    const move = useMove({ move: (asked, preview) => { calls.push([asked, preview]); return Promise.resolve(NOTHING) } })
    await move.look(OUT)
    expect(move.step.value).toBe('preview')
    await move.confirm()
    expect([move.step.value, calls]).toEqual(['done', [[OUT, true], [OUT, false]]])
  })

  it('that is refused leads back to the form with the reason', async () => {
    let refuse = false
    const move = useMove({ move: () => (refuse ? Promise.reject(new ApiFailure('conflict', 'SV_HOUSEHOLD_UNIT_TAKEN')) : Promise.resolve(NOTHING)) })
    refuse = true
    await move.look(OUT)
    expect([move.step.value, move.failure.value?.code]).toEqual(['form', 'SV_HOUSEHOLD_UNIT_TAKEN'])
    refuse = false
    await move.look(OUT)
    refuse = true
    await move.confirm()
    expect([move.step.value, move.failure.value?.code]).toEqual(['form', 'SV_HOUSEHOLD_UNIT_TAKEN'])
  })

  it('is told in sentences: a pass ends with the day before its midnight, and one that takes another\'s place changes', () => {
    const pass = (what: 'begins' | 'ends', from: number, until: number, gate: string): MoveEffects['passes'][number] =>
      ({ personRef: 'p', displayName: '陈', what, gates: [{ gateId: gate, name: gate }], validFromMs: MIDNIGHT + from * DAY_MS, validUntilMs: MIDNIGHT + until * DAY_MS })
    const people: MoveEffects['people'] = [
      { personRef: 'a', displayName: '甲', what: 'stays', lastDate: '2027-01-01', consents: 0 }, { personRef: 'b', displayName: '乙', what: 'leaves', lastDate: null, consents: 2 },
      { personRef: 'c', displayName: '丙', what: 'leaves', lastDate: '2026-06-30', consents: 0 },
    ]
    const lines = effectLines({ ...NOTHING, people, passes: [pass('ends', 0, 30, 'b1'), pass('begins', 0, 10, 'b2'), pass('begins', 40, 50, 'b3')] }, (names) => names.join())
    expect(lines.people.map(({ text, consents }) => [text.key, text.values?.['date'], consents])).toEqual([['move.leavesNow', undefined, 2], ['move.leaves', '2026-06-30', 0], ['move.stays', undefined, 0]])
    expect(lines.passes.map(({ key, values }) => [key, values?.['gates'], values?.['from'], values?.['until']])).toEqual([
      ['move.passChanges', 'b2', '2026-06-01', '2026-06-10'], ['move.passBegins', 'b3', '2026-07-11', '2026-07-20'],
    ])
  })

  it('names the first field that a person lacks, and tells the server of somebody new or somebody known', () => {
    const draft = newMember(0, 'head')
    expect(missingField(draft)).toBe('move.name')
    Object.assign(draft, { displayName: ' 陈 ' })
    expect(missingField(draft)).toBe('move.birth')
    Object.assign(draft, { birthDate: '1980-01-01', phone: ' ' })
    expect([missingField(draft), entryOf(draft)]).toEqual(['', { role: 'head', displayName: '陈', birthDate: '1980-01-01' }])
    draft.known = true
    expect(missingField(draft)).toBe('move.person')
    draft.person = { personRef: 'p', estateId: 'e', displayName: '陈', birthDate: '', unitLabel: '' }
    draft.phone = '13800138000'
    expect(entryOf(draft)).toEqual({ role: 'head', personRef: 'p', phone: '13800138000' })
  })
})

describe('a workbook', () => {
  const preview = (digest: string): ImportPreview => ({ digest, counts: [], errorCount: 0, errors: [], rowCount: 1, rows: [] })

  it('is confirmed with the digest of what was looked at; another file begins anew', async () => {
    const sent: unknown[] = []
    const workbook = useImport({
      previewImport: (file) => Promise.resolve(preview(`digest of ${(file as File).name}`)),
      confirmImport: (file, digest) => { sent.push([(file as File).name, digest]); return Promise.resolve({ counts: [], permits: 3, repeated: false }) },
    })
    await workbook.confirm()
    workbook.choose(new File(['x'], 'a.xlsx'))
    await workbook.look()
    await workbook.confirm()
    expect([sent, workbook.result.value?.permits]).toEqual([[['a.xlsx', 'digest of a.xlsx']], 3])
    workbook.choose(new File(['y'], 'b.xlsx'))
    expect([workbook.preview.value, workbook.result.value]).toEqual([undefined, undefined])
    await workbook.confirm()
    expect(sent.length).toBe(1)
  })
})
