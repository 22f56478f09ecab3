import { describe, expect, it } from 'vitest'
import type { CommandResultV1 } from '#contract/device-messages.js'
import { encodeMessage } from '#contract/codec.js'
import { ANSWER_GRACE_MS, RECONNECT_GRACE_MS } from '../../../gateway/access/door-control.js'
import type { AccessStore } from '../../../gateway/access/ports.js'
import { type AccessRig, CONTROLLER_BOOT, GATEWAY_BOOT, POLICY, createAccessRig, storeSettled } from '../../support/access-rig.js'
import { matched, permit, personRef, uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { START_WALL_MS, createVirtualClock, settle } from '../../support/virtual-clock.js'

const answer = (commandId: string, change: Partial<CommandResultV1> = {}): CommandResultV1 => ({
  v: 1, eventId: uuid(77), commandId, bootId: CONTROLLER_BOOT, monoMs: 70_200, wallMs: START_WALL_MS, outcome: 'executed', reason: null, ...change,
})
const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/)

async function start(change: Partial<Parameters<typeof createAccessRig>[0]> = {}): Promise<AccessRig & { store: Awaited<ReturnType<typeof openStore>> }> {
  const store = change.store ?? await openStore()
  const rig = createAccessRig({ ...change, store })
  await rig.service.start('model-1')
  return { ...rig, store: store as Awaited<ReturnType<typeof openStore>> }
}
const commandIdOf = (rig: AccessRig, index = 0): string => rig.commands[index]?.command.commandId as string

describe('a grant', () => {
  it('commits passage and command, then sends exactly that command, and records what became of it; nothing else', async () => {
    const rig = await start()
    const frame = rig.frame()
    rig.clock.advance(80)
    await rig.service.onOutcome(frame, matched(personRef(1)))
    const commandId = commandIdOf(rig)
    const common = { recordId: UUID, occurredAtMs: START_WALL_MS + 80, monoMs: 1_080, bootId: GATEWAY_BOOT }
    const [passage, command] = await rig.records()
    expect(passage).toEqual({
      kind: 'passage.v2', ...common, passageId: UUID, gateId: 'gate-1', deviceId: 'cam-1', seenId: frame.frameId, way: 'face', direction: 'in', remarks: [], credentialId: null, visitId: null, operatorRef: null, override: null,
      waitMs: 80, attempts: 1, result: 'granted', reason: null,
      personRef: personRef(1), permitId: permit(1).permitId, score: 0.71, margin: 0.4, threshold: 0.45, liveness: 0.97, gallerySize: 3, modelId: 'model-1',
      ageMs: 80, timings: { decode: 3, detect: 4, landmark: 1, quality: 0.1, liveness: 5, embed: 6, match: 0.5, queue: 60.4, decide: 0 },
    })
    const passageId = (passage as { passageId: string }).passageId
    const place = { commandId, passageId, gateId: 'gate-1', deviceId: 'ctl-1' }
    expect(command).toEqual({ kind: 'door-command.v1', ...common, ...place, deviceBootId: CONTROLLER_BOOT, doorNo: 1, deadlineMonoMs: 72_000 })
    expect(rig.commands).toEqual([{ controllerId: 'ctl-1', command: {
      v: 1, commandId, bootId: CONTROLLER_BOOT, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: 72_000, frameAgeMs: 80,
    } }])
    expect(() => encodeMessage('doorCommand', (rig.commands[0] as AccessRig['commands'][0]).command)).not.toThrow()
    expect(rig.shown).toEqual([{ cameraId: 'cam-1', result: { v: 1, frameId: frame.frameId, outcome: 'granted', reason: null } }])

    rig.clock.advance(40)
    await rig.service.onCommandResult('ctl-1', answer(commandId))
    expect((await rig.records()).slice(2)).toEqual([{
      kind: 'command-outcome.v1', ...common, occurredAtMs: START_WALL_MS + 120, monoMs: 1_120, ...place, outcome: 'executed', reason: null, latencyMs: 120,
    }])
    await rig.clock.run(60_000)
    await storeSettled(rig.store)
    expect((await rig.records()).length).toBe(3)
    expect(rig.settled).toEqual([{ outcome: 'executed', reason: null, latencyMs: 120, way: 'face' }])
    rig.service.stop()
    expect([rig.anomalies, rig.log.lines, rig.clock.pending()]).toEqual([[], [], 0])
    expect(rig.decisions).toMatchObject([{ gateId: 'gate-1', result: 'granted', reason: null, logged: true, timings: { commit: expect.any(Number) } }])
  })

  it('is not sent before it is on the disk', async () => {
    const store = await openStore()
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const access: Pick<AccessStore, 'transact'> = {
      async transact(work) {
        const value = await store.transact(work)
        await held
        return value
      },
    }
    const rig = await start({ store, access })
    const deciding = rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    await settle(50)
    expect(rig.commands).toEqual([])
    release()
    await deciding
    expect(rig.commands.length).toBe(1)
  })

  it('opens nothing where the disk refuses it, and lets the person try again at once', async () => {
    const store = await openStore()
    let broken = true
    const access: Pick<AccessStore, 'transact'> = {
      transact: (work) => (broken ? Promise.reject(new Error('disk on fire')) : store.transact(work)),
    }
    const rig = await start({ store, access })
    for (let i = 0; i < 5; i++) await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect([rig.commands, await rig.records()]).toEqual([[], []])
    expect(rig.shown.map(({ result }) => [result.outcome, result.reason])).toEqual(Array(5).fill(['refused', 'engine-failed']))
    expect(rig.anomalies).toEqual(Array(5).fill('store-failed'))
    expect(rig.log.lines.map((line) => line.message)).toEqual(['a decision could not be recorded'])
    broken = false
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect(rig.commands.length).toBe(1)
  })

  it('is one command a person and gate in the hold time, however many frames', async () => {
    const rig = await start()
    for (let i = 0; i < 20; i++) {
      await rig.service.onOutcome(rig.frame(), matched(personRef(2)))
      rig.clock.advance(200)
    }
    await rig.service.onOutcome(rig.frame({ cameraId: 'cam-2' }), matched(personRef(2)))
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect(rig.commands.map(({ controllerId }) => controllerId)).toEqual(['ctl-1', 'ctl-2', 'ctl-1'])
    expect(rig.decisions.filter(({ result }) => result === 'held').length).toBe(19)
    expect(rig.shown.every(({ result }) => result.outcome === 'granted')).toBe(true)
    await rig.service.onCommandResult('ctl-1', answer(commandIdOf(rig)))
    rig.clock.advance(POLICY.regrantHoldMs - 4_001)
    await rig.service.onOutcome(rig.frame(), matched(personRef(2)))
    expect(rig.commands.length).toBe(3)
    rig.clock.advance(1)
    await rig.service.onOutcome(rig.frame(), matched(personRef(2)))
    expect(rig.commands.length).toBe(4)
  })

  it('of two frames at the same moment is one command', async () => {
    const rig = await start()
    await Promise.all([rig.frame(), rig.frame()].map((frame) => rig.service.onOutcome(frame, matched(personRef(1)))))
    expect(rig.commands.length).toBe(1)
  })
})

describe('a command that comes too late is withheld', () => {
  const slow = (store: Awaited<ReturnType<typeof openStore>>, during: () => void): Pick<AccessStore, 'transact'> => ({
    async transact(work) {
      const value = await store.transact(work)
      during()
      return value
    },
  })

  it.each([
    ['the commit took longer than a frame may be old', (rig: AccessRig): void => rig.clock.advance(1_501), 'expired', 'stale-frame'],
    ['the controller rebooted during the commit', (rig: AccessRig): void => void rig.clocks.set('ctl-1', { bootId: uuid(6), monoMs: 10 }), 'other-boot', 'controller-offline'],
  ] as const)('where %s', async (_, during, reason, shown) => {
    const store = await openStore()
    const box: { rig?: AccessRig; done?: boolean } = {}
    const rig = await start({ store, access: slow(store, () => {
      if (box.rig !== undefined && box.done !== true) during(box.rig)
      box.done = true
    }) })
    box.rig = rig
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    await storeSettled(store)
    expect(rig.commands).toEqual([])
    expect(rig.shown.map(({ result }) => [result.outcome, result.reason])).toEqual([['refused', shown]])
    expect((await rig.records()).map((record) => record.kind)).toEqual(['passage.v2', 'door-command.v1', 'command-outcome.v1'])
    expect((await rig.records())[2]).toMatchObject({ outcome: 'refused', reason, latencyMs: null })
    expect(await store.openCommands()).toEqual([])
    if (reason === 'expired') {
      await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
      expect(rig.commands.length).toBe(1)
    }
  })

  it('where the controller went away during the commit: no answer, and none is waited for', async () => {
    const store = await openStore()
    const box: { rig?: AccessRig } = {}
    const rig = await start({ store, access: slow(store, () => void box.rig?.clocks.delete('ctl-1')) })
    box.rig = rig
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    await storeSettled(store)
    expect(rig.commands).toEqual([])
    expect((await rig.records())[2]).toMatchObject({ kind: 'command-outcome.v1', outcome: 'no-answer', reason: null })
  })
})

describe('answers', () => {
  const granted = async (): Promise<Awaited<ReturnType<typeof start>>> => {
    const rig = await start()
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    return rig
  }

  it('silence past the deadline is recorded once, and lets the person try again', async () => {
    const rig = await granted()
    rig.clock.advance(POLICY.commandValidityMs + ANSWER_GRACE_MS - 1)
    await storeSettled(rig.store)
    expect((await rig.records()).length).toBe(2)
    rig.clock.advance(1)
    await storeSettled(rig.store)
    expect((await rig.records()).slice(2)).toMatchObject([{ kind: 'command-outcome.v1', outcome: 'no-answer', reason: null, latencyMs: null }])
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect(rig.commands.length).toBe(2)
  })

  it('a refusal is recorded with its reason, and lets the person try again', async () => {
    const rig = await granted()
    await rig.service.onCommandResult('ctl-1', answer(commandIdOf(rig), { outcome: 'refused', reason: 'expired' }))
    expect((await rig.records())[2]).toMatchObject({ outcome: 'refused', reason: 'expired' })
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect(rig.commands.length).toBe(2)
  })

  it('a late one is recorded as evidence and an anomaly, and reopens nothing', async () => {
    const rig = await granted()
    rig.clock.advance(POLICY.commandValidityMs + ANSWER_GRACE_MS)
    await storeSettled(rig.store)
    await rig.service.onCommandResult('ctl-1', answer(commandIdOf(rig)))
    await rig.service.onCommandResult('ctl-1', answer(commandIdOf(rig), { eventId: uuid(78), outcome: 'refused', reason: 'repeated' }))
    expect((await rig.records()).slice(2)).toMatchObject([{ outcome: 'no-answer' }, { outcome: 'executed' }])
    expect(rig.anomalies).toEqual(['late-result', 'repeated-result'])
    expect(rig.commands.length).toBe(1)
    expect(await rig.store.openCommands()).toEqual([])
  })

  it('a repeat of the same event is nothing, a second answer is an anomaly', async () => {
    const rig = await granted()
    for (let i = 0; i < 3; i++) await rig.service.onCommandResult('ctl-1', answer(commandIdOf(rig)))
    expect(rig.anomalies).toEqual([])
    await rig.service.onCommandResult('ctl-1', answer(commandIdOf(rig), { eventId: uuid(78), outcome: 'refused', reason: 'repeated' }))
    expect(rig.anomalies).toEqual(['repeated-result'])
    expect((await rig.records()).length).toBe(3)
  })

  it('of another controller, or to a command that nobody issued, change nothing', async () => {
    const rig = await granted()
    await rig.service.onCommandResult('ctl-2', answer(commandIdOf(rig)))
    await rig.service.onCommandResult('ctl-1', answer(uuid(404), { eventId: uuid(79) }))
    expect(rig.anomalies).toEqual(['unknown-command', 'unknown-command'])
    expect((await rig.records()).length).toBe(2)
    await rig.service.onCommandResult('ctl-1', answer(commandIdOf(rig)))
    expect((await rig.records())[2]).toMatchObject({ outcome: 'executed' })
  })

  it('are not taken while the disk fails: the controller keeps them', async () => {
    const rig = await granted()
    await rig.store.close()
    await expect(rig.service.onCommandResult('ctl-1', answer(commandIdOf(rig)))).rejects.toMatchObject({ code: 'GW_STORE_CLOSED' })
  })
})

describe('after a restart', () => {
  it('an answer still finds its command; one that stays out is no-answer after the time to reconnect', async () => {
    const first = await start()
    await first.service.onOutcome(first.frame(), matched(personRef(1)))
    await first.service.onOutcome(first.frame({ cameraId: 'cam-2' }), matched(personRef(2)))
    first.service.stop()
    await first.store.close()
    const store = await openStore({ path: first.store.path })
    const second = await start({ store, clock: createVirtualClock(START_WALL_MS + 9_000), seed: 2 })
    await second.service.onCommandResult('ctl-1', answer(commandIdOf(first)))
    second.clock.advance(RECONNECT_GRACE_MS)
    await storeSettled(store)
    expect((await second.records(4))).toMatchObject([
      { kind: 'command-outcome.v1', commandId: commandIdOf(first), outcome: 'executed', latencyMs: null },
      { kind: 'command-outcome.v1', commandId: commandIdOf(first, 1), outcome: 'no-answer', latencyMs: null },
    ])
    expect(second.commands).toEqual([])
  })

  it('an outcome that the disk refused is tried again until it is written', async () => {
    const store = await openStore()
    let failures = 0
    const access: Pick<AccessStore, 'transact'> = {
      transact: (work) => (failures-- > 0 ? Promise.reject(new Error('disk on fire')) : store.transact(work)),
    }
    const rig = await start({ store, access })
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    failures = 2
    await rig.clock.run(30_000)
    await storeSettled(store)
    expect((await rig.records()).slice(2)).toMatchObject([{ outcome: 'no-answer' }])
    expect(rig.anomalies).toEqual(['store-failed', 'store-failed'])
  })
})
