import { beforeAll, describe, expect, it } from 'vitest'
import type { PassageV2 } from '#contract/passage-record.js'
import type { CredentialItemV1 } from '#contract/sync-roster.js'
import { makePinVerifier } from '#kernel/pin-verifier.js'
import { seededRandom } from '#kernel/random.js'
import { PIN_LOCK_MS_MAX, afterWrongPin, keypadPauseMs } from '../../../gateway/access/pin-rules.js'
import { POLICY, ROSTER, createAccessRig, storeSettled } from '../../support/access-rig.js'
import { credential, gate, personRef } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { START_WALL_MS, type VirtualClock, createVirtualClock } from '../../support/virtual-clock.js'
import { withoutRandom } from '../../support/without-random.js'

const random = seededRandom(1)
const MINUTE = 60_000
let mine: CredentialItemV1
let theirs: CredentialItemV1

async function start(deps: Partial<Parameters<typeof createAccessRig>[0]> = {}) {
  const store = deps.store ?? await openStore()
  const rig = createAccessRig({ ...deps, store })
  const devices = ['rd-1', 'rd-3'].map((deviceId) => ({ deviceId, direction: 'in' as const }))
  rig.roster.replace({ ...ROSTER, gates: [gate(1, { devices, faceFreeWays: ['pin'] })], credentials: [mine, theirs] })
  await rig.service.start('model-1')
  const type = async (value: string, readerId = 'rd-1'): Promise<string> => {
    await rig.service.onCredential(readerId, rig.presentation('pin', value))
    return rig.answered.at(-1)?.result.reason ?? 'granted'
  }
  const passages = async () => (await rig.records()).filter((record): record is PassageV2 => record.kind === 'passage.v2')
  /** A wrong PIN, and the wait that the keypad asks for. */
  const wrong = async (number: string, readerId = 'rd-1'): Promise<string> => {
    const shown = await type(`${number}*0000`, readerId)
    rig.clock.advance(rig.answered.at(-1)?.result.retryAfterMs ?? 0)
    return shown
  }
  return { ...rig, store, type, wrong, passages }
}
const later = (clock: VirtualClock, ms: number): VirtualClock => createVirtualClock(clock.wallMs() + ms)

beforeAll(async () => {
  mine = credential(1, { secret: { kind: 'pin', number: '101', verifier: await makePinVerifier('4711', random), duressVerifier: await makePinVerifier('4712', random) } })
  theirs = credential(2, { secret: { kind: 'pin', number: '102', verifier: await makePinVerifier('9876', random), duressVerifier: null } })
})

describe('rules of wrong PINs', () => {
  it('the fifth locks for a quarter of an hour, each time after for twice as long, never for more than a day', () => {
    let row = undefined as ReturnType<typeof afterWrongPin> | undefined
    const locks: Array<number | null> = []
    for (let i = 0; i < 50; i++) {
      row = afterWrongPin(row, 'k', START_WALL_MS, POLICY)
      locks.push(row.lockedUntilMs === null ? null : (row.lockedUntilMs - START_WALL_MS) / MINUTE)
    }
    expect(locks.slice(0, 10)).toEqual([null, null, null, null, 15, null, null, null, null, 30])
    expect(locks.filter((lock) => lock !== null)).toEqual([15, 30, 60, 120, 240, 480, 960, 1_440, 1_440, 1_440])
    expect(PIN_LOCK_MS_MAX).toBe(1_440 * MINUTE)
  })
  it('slips of days ago count no more', () => {
    const old = { key: 'k', failures: 4, locks: 3, lockedUntilMs: null, updatedAtMs: START_WALL_MS - 86_400_000 }
    expect(afterWrongPin(old, 'k', START_WALL_MS, POLICY)).toEqual({ key: 'k', failures: 1, locks: 0, lockedUntilMs: null, updatedAtMs: START_WALL_MS })
    expect(afterWrongPin({ ...old, updatedAtMs: START_WALL_MS - 86_399_999 }, 'k', START_WALL_MS, POLICY)).toMatchObject({ failures: 0, locks: 4 })
  })
  it('a keypad is slowed down, and never for long', () => expect([0, 1, 2, 3, 4, 5, 99].map(keypadPauseMs)).toEqual([0, 500, 1_000, 2_000, 4_000, 5_000, 5_000]))
})

describe('a PIN', () => {
  it('opens, and stands nowhere', async () => {
    const rig = await start()
    expect(await rig.type('101*4711')).toBe('granted')
    expect(await rig.passages()).toMatchObject([{ way: 'pin', result: 'granted', personRef: personRef(1), credentialId: mine.credentialId, remarks: [] }])
    expect(withoutRandom(JSON.stringify([await rig.records(), rig.log.lines, rig.decisions]))).not.toMatch(/4711|"101/)
  })
  it('under duress opens as any other, and its passage says so', async () => {
    const rig = await start()
    expect(await rig.type('101*4711')).toBe('granted')
    expect(await rig.type('101*4712')).toBe('granted')
    expect((await rig.passages()).map(({ remarks }) => remarks)).toEqual([[], ['duress']])
    expect(rig.commands.length).toBe(2)
    expect(rig.answered.map(({ result }) => ({ ...result, presentationId: '' }))).toEqual(Array(2).fill({ v: 1, presentationId: '', outcome: 'granted', reason: null, retryAfterMs: 0 }))
  })
  it.each(['', '101', '101*', '*4711', '101*471', '101*4711*', '1O1*4711', '101*1234567890123'])('%j is no PIN', async (value) => {
    const rig = await start()
    if (value !== '') expect(await rig.type(value)).toBe('malformed-code')
    expect(rig.commands).toEqual([])
  })

  it('wrong five times locks its number for a quarter of an hour: the right one opens nothing then, at no keypad, over a restart', async () => {
    const rig = await start()
    expect(await Promise.all([await rig.wrong('101'), await rig.wrong('101'), await rig.wrong('101'), await rig.wrong('101'), await rig.wrong('101')]))
      .toEqual(['wrong-pin', 'wrong-pin', 'wrong-pin', 'wrong-pin', 'locked-out'])
    expect([await rig.type('101*4711'), await rig.type('101*4711', 'rd-3'), rig.commands.length]).toEqual(['locked-out', 'locked-out', 0])
    // Another person's PIN opens at the same keypad.
    expect(await rig.type('102*9876')).toBe('granted')
    rig.clock.jumpWall(86_400_000)
    expect(await rig.type('101*4711', 'rd-3')).toBe('locked-out')
    rig.clock.jumpWall(-86_400_000)
    await storeSettled(rig.store)
    const again = await start({ store: rig.store, seed: 2, clock: later(rig.clock, 0) })
    expect(await again.type('101*4711')).toBe('locked-out')
    again.clock.advance(15 * MINUTE)
    expect(await again.type('101*4711')).toBe('granted')
    await storeSettled(rig.store)
    expect((await rig.store.ruleState()).pinLocks).toEqual([])
    expect((await rig.passages()).map(({ reason, credentialId, personRef: ref }) => [reason, credentialId, ref])).toContainEqual(['wrong-pin', mine.credentialId, null])
  })

  it('says the same of a number that nobody has: wrong, and locked after five', async () => {
    const rig = await start()
    const shown: string[] = []
    for (let i = 0; i < 6; i++) shown.push(await rig.wrong('777'))
    expect(shown).toEqual(['wrong-pin', 'wrong-pin', 'wrong-pin', 'wrong-pin', 'locked-out', 'locked-out'])
    expect((await rig.passages())[0]).toMatchObject({ reason: 'unknown-credential', credentialId: null })
    await storeSettled(rig.store)
    expect(withoutRandom(JSON.stringify((await rig.store.ruleState()).pinLocks))).not.toContain('777')
  })

  it('takes as long for a number that nobody has, and for a wrong PIN', async () => {
    const rig = await start()
    const took = async (value: string): Promise<number> => {
      const startedMs = performance.now()
      await rig.type(value)
      rig.clock.advance(120_000)
      return performance.now() - startedMs
    }
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
    for (let i = 0; i < 4; i++) {
      times.known.push(await took('102*0000'))
      times.unknown.push(await took(`88${i}*0000`))
    }
    // Less than three parts apart, on a machine that does other things: without the work a number is known a hundred times sooner.
    const ratio = Math.min(...times.known) / Math.min(...times.unknown)
    expect(ratio).toBeGreaterThan(1 / 3)
    expect(ratio).toBeLessThan(3)
  })

  it('is not heard by a keypad that was just given a wrong one, whoever types it; cards and other keypads are', async () => {
    const rig = await start()
    await rig.type('101*0000')
    expect(rig.answered.at(-1)?.result).toMatchObject({ reason: 'wrong-pin', retryAfterMs: 500 })
    expect(await rig.type('102*9876')).toBe('locked-out')
    expect(rig.answered.at(-1)?.result.retryAfterMs).toBe(500)
    expect(await rig.type('102*9876', 'rd-3')).toBe('granted')
    rig.clock.advance(500)
    expect(await rig.type('101*4711')).toBe('granted')
  })

  it('is tried one at a time at a keypad: a burst is one guess', async () => {
    const rig = await start()
    const burst = Array.from({ length: 8 }, (_, i) => rig.service.onCredential('rd-1', rig.presentation('pin', `10${i}*0000`)))
    await Promise.all(burst)
    expect(rig.answered.map(({ result }) => result.reason).sort()).toEqual([...Array(7).fill('locked-out'), 'wrong-pin'])
    expect((await rig.store.ruleState()).pinLocks.length).toBeLessThanOrEqual(1)
  })

  it('is right again: what was counted before is forgotten', async () => {
    const rig = await start()
    for (let i = 0; i < 4; i++) await rig.wrong('101')
    expect(await rig.type('101*4711')).toBe('granted')
    for (let i = 0; i < 4; i++) expect(await rig.wrong('101')).toBe('wrong-pin')
  })
})
