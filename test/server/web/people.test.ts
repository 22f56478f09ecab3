import { effectScope, nextTick, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { ApiFailure } from '../../../server/web/kit/api/failure.js'
import type { ConsentDetail, Person, PersonPage } from '../../../server/web/kit/api/types.js'
import { consentState, consentsInOrder, erasureProgress, isErasing, needsGuardian } from '../../../server/web/manager/people/consent-state.js'
import { useConsents } from '../../../server/web/manager/people/use-consents.js'
import { usePeople } from '../../../server/web/manager/people/use-people.js'
import { usePersonSearch } from '../../../server/web/manager/log/use-person-search.js'
import { settled } from './support/promises.js'
import { NOW_MS } from './support/samples.js'

const person = (name: string): Person => ({ personRef: name, estateId: 'estate-1', displayName: name, birthDate: '1990-01-01', unitLabel: '' })
const held = { gatewayId: 'g1', templates: 3, enrolledAtMs: NOW_MS - 5_000, erasedAtMs: null }
const consent = (change: Partial<ConsentDetail> = {}): ConsentDetail => ({
  consentId: 'c1', personRef: 'p', purpose: 'face-access', noticeVersion: '1', guardianRef: null, grantedAtMs: NOW_MS - 10_000, expiresAtMs: NOW_MS + 10_000,
  endedAtMs: null, endCause: null, holdings: [held], ...change,
})

describe('residents', () => {
  it('are searched once typing pauses, and the next page is added below', async () => {
    const clock = createVirtualClock()
    const asked: unknown[] = []
    const pages: PersonPage[] = [{ persons: [person('a')], next: 'n1' }, { persons: [person('b')], next: 'n2' }, { persons: [person('b'), person('c')], next: null }]
    const people = effectScope().run(() => usePeople({
      fetchPage: (query) => { asked.push({ ...query }); return Promise.resolve(pages.shift() as PersonPage) },
      after: (delayMs, callback) => clock.after(delayMs, callback), estateId: ref('estate-1'),
    })) as ReturnType<typeof usePeople>
    await people.reload()
    people.q.value = '陈'
    await nextTick()
    clock.advance(200)
    people.q.value = ' 陈秀 '
    await nextTick()
    clock.advance(249)
    expect(asked.length).toBe(1)
    clock.advance(1)
    await settled()
    await people.loadMore()
    expect(asked).toEqual([
      { estateId: 'estate-1', q: '', after: null }, { estateId: 'estate-1', q: '陈秀', after: null }, { estateId: 'estate-1', q: '陈秀', after: 'n2' },
    ])
    expect([people.persons.value.map((each) => each.personRef), people.hasMore.value]).toEqual([['b', 'c'], false])
  })

  it('stay on the screen where the next page fails', async () => {
    let calls = 0
    const people = effectScope().run(() => usePeople({
      fetchPage: () => (calls++ === 0 ? Promise.resolve({ persons: [person('a')], next: 'n' }) : Promise.reject(new ApiFailure('unavailable', 'x'))),
      after: () => () => {}, estateId: ref(''),
    })) as ReturnType<typeof usePeople>
    await people.reload()
    await people.loadMore()
    expect([people.persons.value.length, people.moreFailure.value?.kind, people.failure.value]).toEqual([1, 'unavailable', undefined])
  })

  it('are found for a filter by the latest question only', async () => {
    const clock = createVirtualClock()
    const asked: Array<{ q: string; signal: AbortSignal }> = []
    const search = effectScope().run(() => usePersonSearch({
      search: (q, signal) => { asked.push({ q, signal }); return Promise.resolve([person(q)]) },
      after: (delayMs, callback) => clock.after(delayMs, callback),
    })) as ReturnType<typeof usePersonSearch>
    for (const text of ['陈', '陈秀']) {
      search.q.value = text
      await nextTick()
    }
    clock.advance(250)
    await settled()
    expect([asked.map((ask) => ask.q), search.found.value?.map((each) => each.personRef)]).toEqual([['陈秀'], ['陈秀']])
    search.q.value = ' '
    await nextTick()
    expect([search.found.value, asked[0]?.signal.aborted]).toEqual([undefined, true])
  })

  it('under 14 need a guardian', () => {
    expect([needsGuardian('2012-11-24', NOW_MS), needsGuardian('2012-11-23', NOW_MS), needsGuardian('', NOW_MS)]).toEqual([true, false, false])
  })
})

describe('a consent', () => {
  it('ends by its record, else by its date', () => {
    const cases = [
      [{}, 'valid'], [{ expiresAtMs: NOW_MS }, 'expired'], [{ grantedAtMs: NOW_MS + 1 }, 'not-yet'],
      [{ endedAtMs: NOW_MS, endCause: 'withdrawn' }, 'withdrawn'], [{ endedAtMs: NOW_MS, endCause: 'person-removed' }, 'person-removed'], [{ endedAtMs: 1, endCause: 'new' }, 'ended'],
    ] as const
    expect(cases.map(([change]) => consentState(consent(change), NOW_MS))).toEqual(cases.map(([, state]) => state))
  })

  it('that counts stands first, and deletion is counted by gateway', () => {
    const old = consent({ consentId: 'old', endedAtMs: NOW_MS, grantedAtMs: NOW_MS - 1 })
    expect(consentsInOrder([old, consent()], NOW_MS).map((each) => each.consentId)).toEqual(['c1', 'old'])
    const holdings = [held, { ...held, erasedAtMs: NOW_MS }]
    expect([erasureProgress(holdings), isErasing('withdrawn', holdings), isErasing('valid', holdings), isErasing('expired', holdings.slice(1))])
      .toEqual([{ done: 1, total: 2 }, true, false, false])
  })
})

describe('a withdrawal', () => {
  function rig(withdrawConsent: () => Promise<void>) {
    const clock = createVirtualClock()
    const state = { now: consent() }
    let asked = 0
    const api = {
      consents: () => { asked++; return Promise.resolve({ consents: [state.now] }) },
      consent: () => Promise.resolve(state.now), withdrawConsent, serverNowMs: () => NOW_MS,
    }
    const scope = effectScope()
    const consents = scope.run(() => useConsents({ api, personRef: 'p', after: (delayMs, callback) => clock.after(delayMs, callback) })) as ReturnType<typeof useConsents>
    return { clock, state, consents, scope, asked: () => asked }
  }

  it('shows as done once the server says so, and asks on until every gateway deleted', async () => {
    const { clock, state, consents, asked } = rig(() => { state.now = consent({ endedAtMs: NOW_MS, endCause: 'withdrawn' }); return Promise.resolve() })
    await consents.load()
    const work = consents.withdraw('c1')
    expect([consents.withdrawing.value, consents.consents.value?.[0]?.endedAtMs]).toEqual(['c1', null])
    await work
    expect([consents.withdrawing.value, consents.consents.value?.[0]?.endCause, asked()]).toEqual(['', 'withdrawn', 2])
    clock.advance(3_000)
    await settled()
    state.now = { ...state.now, holdings: [{ ...held, erasedAtMs: NOW_MS }] }
    clock.advance(3_000)
    await settled()
    expect([asked(), clock.pending()]).toEqual([4, 0])
  })

  it('that failed says so, and the consent stays valid on the screen', async () => {
    const { consents } = rig(() => Promise.reject(new ApiFailure('unavailable', 'x')))
    await consents.load()
    await consents.withdraw('c1')
    expect([consents.withdrawFailed.value, consents.consents.value?.[0]?.endedAtMs]).toEqual(['c1', null])
  })

  it('stops asking when its sheet is closed', async () => {
    const { clock, state, consents, scope } = rig(() => Promise.resolve())
    state.now = consent({ endedAtMs: NOW_MS, endCause: 'withdrawn' })
    await consents.load()
    expect(clock.pending()).toBe(1)
    scope.stop()
    expect(clock.pending()).toBe(0)
  })
})
