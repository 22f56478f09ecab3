import { describe, expect, it, onTestFinished } from 'vitest'
import { createPeriodicJob } from '../../../server/job/periodic-job.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { gateBody, registerOf } from '../support/register.js'
import { startTestServer } from '../support/test-server.js'

describe('expiry sweep', () => {
  it('ends what is over, with a tombstone and an audit entry by nobody, and nothing else', async () => {
    const server = await startTestServer()
    onTestFinished(() => server.close())
    const register = registerOf(server)
    await register.gate('jh', 'g-1', gateBody())
    const [short, long] = [await register.person('jh'), await register.person('jh')]
    const nowMs = server.clock.wallMs()
    const over = { consent: await register.consent(short, null, nowMs + 1_000), permit: await register.permit(short, ['g-1'], nowMs + 1_000) }
    await register.consent(long)
    await register.permit(long, ['g-1'])
    const before = (await register.feed('jh')).at(-1)?.cursor ?? 0
    server.clock.advance(999)
    await server.sweep()
    expect((await register.feed('jh')).at(-1)?.cursor).toBe(before)
    server.clock.advance(1)
    await server.sweep()
    await server.sweep()
    expect((await register.feed('jh')).filter(({ cursor }) => cursor > before)).toEqual([
      { cursor: before + 1, item: { kind: 'consent-deleted.v1', consentId: over.consent, personRef: short, cause: 'expired' } },
      { cursor: before + 2, item: { kind: 'permit-deleted.v1', permitId: over.permit } },
    ])
    const audit = await server.db.read.auditEntry.findMany({ orderBy: { seq: 'desc' }, take: 2 })
    expect(audit.map(({ action, userId }) => [action, userId])).toEqual([['permit.end', null], ['consent.end', null]])
  })

  it('ends hundreds in steps', async () => {
    const server = await startTestServer()
    onTestFinished(() => server.close())
    const register = registerOf(server)
    const person = await register.person('jh')
    const permits = Array.from({ length: 230 }, (_, i) => ({ permitId: `p-${i}`, estateId: 'jh', personRef: person, validFromMs: 0n, validUntilMs: 1n }))
    await server.db.transact((tx) => tx.permit.createMany({ data: permits }))
    await server.sweep()
    expect(await server.db.read.permit.count({ where: { endedAtMs: null } })).toBe(0)
    expect((await register.feed('jh')).filter(({ item }) => item['kind'] === 'permit-deleted.v1')).toHaveLength(230)
  })

  it('forgets sessions that ended a month ago', async () => {
    const server = await startTestServer()
    onTestFinished(() => server.close())
    await server.as('guard@jh')
    server.clock.advance(12 * 3_600_000 + 30 * 86_400_000)
    await server.sweep()
    expect(await server.db.read.session.count()).toBe(2)
    server.clock.advance(1)
    await server.sweep()
    expect(await server.db.read.session.count()).toBe(0)
  })
})

describe('periodic job', () => {
  it('runs at once and again after each end, also after a failure, until it is stopped', async () => {
    const clock = createVirtualClock()
    const log = createRecordingLog()
    let runs = 0
    const job = createPeriodicJob({ clock, log, everyMs: 100, run: async () => { if ((runs += 1) === 2) throw new Error('disk gone') } })
    job.start()
    await clock.run(99)
    expect(runs).toBe(1)
    await clock.run(1)
    await clock.run(100)
    expect(runs).toBe(3)
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([['error', 'periodic job failed']])
    await job.stop()
    await clock.run(1_000)
    expect([runs, clock.pending()]).toEqual([3, 0])
  })

  it('ends after the run under way, which is the last', async () => {
    const clock = createVirtualClock()
    let finish = (): void => {}
    let runs = 0
    const job = createPeriodicJob({ clock, log: createRecordingLog(), everyMs: 100, run: () => new Promise<void>((resolve) => { runs += 1; finish = resolve }) })
    job.start()
    let ended = false
    const stopped = job.stop().then(() => { ended = true })
    await clock.run(1_000)
    expect(ended).toBe(false)
    finish()
    await stopped
    await clock.run(1_000)
    expect([runs, clock.pending()]).toEqual([1, 0])
  })
})
