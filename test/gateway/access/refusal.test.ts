import { describe, expect, it } from 'vitest'
import type { DecidedOutcome } from '../../../gateway/access/face-claim-rules.js'
import { REFUSAL_REPEAT_MS } from '../../../gateway/access/refusals.js'
import { type AccessRig, ROSTER, createAccessRig } from '../../support/access-rig.js'
import { consent, faceRefused, gate, matched, permit, personRef } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'

async function start(): Promise<AccessRig> {
  const rig = createAccessRig({ store: await openStore() })
  await rig.service.start('model-1')
  return rig
}
const reasons = async (rig: AccessRig): Promise<unknown[]> => (await rig.records()).map((record) => (record.kind === 'passage.v2' ? [record.deviceId, record.reason, record.personRef] : record.kind))

describe('a refusal', () => {
  it('is recorded with what was known, shown at the camera, and sends no command', async () => {
    const rig = await start()
    const frame = rig.frame({ cameraId: 'cam-2' })
    rig.clock.advance(300)
    await rig.service.onOutcome(frame, matched(personRef(1), { score: 1.0000001, margin: 2 }))
    expect(await rig.records()).toMatchObject([{
      kind: 'passage.v2', gateId: 'gate-2', deviceId: 'cam-2', seenId: frame.frameId, result: 'refused', reason: 'no-permit', personRef: personRef(1), permitId: null,
      score: 1, margin: 2, ageMs: 300,
    }])
    expect(rig.commands).toEqual([])
    expect(rig.shown).toEqual([{ cameraId: 'cam-2', result: { v: 1, frameId: frame.frameId, outcome: 'refused', reason: 'no-permit' } }])
  })

  it('of an empty scene is counted and shown, never recorded', async () => {
    const rig = await start()
    for (let i = 0; i < 100; i++) {
      await rig.service.onOutcome(rig.frame(), faceRefused('no-face'))
      rig.clock.advance(200)
    }
    expect(await rig.records()).toEqual([])
    expect(rig.decisions.map(({ result, logged }) => [result, logged])).toEqual(Array(100).fill(['no-face', false]))
    expect(rig.shown.every(({ result }) => result.outcome === 'no-face' && result.reason === 'no-face')).toBe(true)
  })

  it('is none where a face is not decided about yet: counted, nothing shown, nothing recorded', async () => {
    const rig = await start()
    const { scores, box } = matched(personRef(1)) as Extract<DecidedOutcome, { kind: 'matched' }>
    for (const reason of ['not-live', null] as const) {
      await rig.service.onOutcome(rig.frame(), { kind: 'undecided', stage: 'liveness', reason, scores, box, timings: { detect: 4 } })
    }
    expect([await rig.records(), rig.shown, rig.commands]).toEqual([[], [], []])
    expect(rig.decisions.map(({ gateId, result, reason, logged }) => [gateId, result, reason, logged])).toEqual([
      ['gate-1', 'undecided', 'not-live', false], ['gate-1', 'undecided', null, false],
    ])
  })

  it('that repeats is one record in ten seconds, by camera, reason and person', async () => {
    const rig = await start()
    for (let i = 0; i < 45; i++) {
      await rig.service.onOutcome(rig.frame(), faceRefused('not-recognised'))
      await rig.service.onOutcome(rig.frame({ cameraId: 'cam-2' }), faceRefused('not-recognised'))
      await rig.service.onOutcome(rig.frame({ cameraId: 'cam-2' }), matched(personRef(1)))
      rig.clock.advance(200)
    }
    const once = [['cam-1', 'not-recognised', null], ['cam-2', 'not-recognised', null], ['cam-2', 'no-permit', personRef(1)]]
    expect(await reasons(rig)).toEqual(once)
    expect(rig.decisions.length).toBe(135)
    rig.clock.advance(REFUSAL_REPEAT_MS - 9_000)
    await rig.service.onOutcome(rig.frame(), faceRefused('not-recognised'))
    await rig.service.onOutcome(rig.frame(), faceRefused('not-live'))
    expect(await reasons(rig)).toEqual([...once, ['cam-1', 'not-recognised', null], ['cam-1', 'not-live', null]])
  })

  it('at a camera that watches no gate is a line of the process log, once in a while, and no record', async () => {
    const rig = await start()
    for (let i = 0; i < 10; i++) await rig.service.onOutcome(rig.frame({ cameraId: 'cam-9' }), matched(personRef(1)))
    expect(await rig.records()).toEqual([])
    expect(rig.log.lines).toMatchObject([{ level: 'warn', fields: { deviceId: 'cam-9' } }])
    expect(rig.shown[0]?.result).toMatchObject({ outcome: 'refused', reason: 'gate-unknown' })
    expect(rig.commands).toEqual([])
  })

  it('of a broken engine has no scores', async () => {
    const rig = await start()
    await rig.service.onOutcome(rig.frame(), { kind: 'failed', stage: 'embed', message: 'worker died', timings: { decode: 3 } })
    expect(await rig.records()).toMatchObject([{ reason: 'engine-failed', score: null, margin: null, threshold: null, liveness: null, gallerySize: null }])
  })
})

describe('time decides at the gate, not only the roster', () => {
  it('a permit that ended is refused from that moment on, by name', async () => {
    const rig = await start()
    rig.roster.replace({ ...ROSTER, permits: [permit(1, { validUntilMs: START_WALL_MS + 1_000 })] })
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    rig.clock.advance(6_000)
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect(rig.commands.length).toBe(1)
    expect((await reasons(rig)).at(-1)).toEqual(['cam-1', 'outside-validity', personRef(1)])
  })

  it('a person whose consent ended is a stranger: nothing names them', async () => {
    const rig = await start()
    rig.roster.replace({ ...ROSTER, consents: [consent(1, { expiresAtMs: START_WALL_MS })] })
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect(await reasons(rig)).toEqual([['cam-1', 'not-recognised', null]])
    expect(JSON.stringify(await rig.records())).not.toContain(personRef(1))
    expect(rig.commands).toEqual([])
  })

  it('a frame is as old as receipt and camera say together', async () => {
    const rig = await start()
    const frame = rig.frame({ capturedMonoMs: -1_450 })
    rig.clock.advance(51)
    await rig.service.onOutcome(frame, matched(personRef(1)))
    expect(await rig.records()).toMatchObject([{ reason: 'stale-frame', ageMs: 1_501, personRef: personRef(1) }])
    expect(rig.commands).toEqual([])
  })

  it('a controller that is away is said so, with the permit that would have opened', async () => {
    const rig = await start()
    rig.clocks.delete('ctl-1')
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect(await rig.records()).toMatchObject([{ reason: 'controller-offline', permitId: permit(1).permitId }])
  })

  it('two gates that claim one camera open neither', async () => {
    const rig = await start()
    rig.roster.replace({ ...ROSTER, gates: [gate(1), gate(2, { cameraIds: ['cam-1'] })] })
    await rig.service.onOutcome(rig.frame(), matched(personRef(2)))
    expect([rig.commands, await rig.records()]).toEqual([[], []])
  })
})
