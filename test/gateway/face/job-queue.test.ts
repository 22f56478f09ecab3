import { describe, expect, it } from 'vitest'
import { createJobQueue } from '../../../gateway/face/job-queue.js'
import type { Job, JobResult } from '../../../gateway/face/worker-protocol.js'
import type { WorkerSlot } from '../../../gateway/face/worker-slot.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'

const photo: Job = { kind: 'embed', photo: new Uint8Array(1) }
const frameOf = (galleryKey: string): Job => ({ kind: 'analyse', image: new Uint8Array(1), galleryKey })
const nameOf = (job: Job): string => (job.kind === 'embed' ? 'photo' : job.kind === 'compare' ? job.personRef : job.kind === 'look' ? 'look' : job.galleryKey)

/** One worker that finishes its job when told to, and tells what it was given. */
function setUp() {
  const clock = createVirtualClock()
  const given: string[] = []
  let busy: ((result: JobResult) => void) | undefined
  const slot: Pick<WorkerSlot, 'run'> = {
    run: (job, deadlineMs) => new Promise((resolve) => {
      given.push(`${nameOf(job)} ${deadlineMs}`)
      busy = (result) => { busy = undefined; resolve(result) }
    }),
  }
  const queue = createJobQueue({ clock, idle: () => (busy === undefined ? slot as WorkerSlot : undefined) })
  const finish = async (): Promise<void> => {
    busy?.({ kind: 'lost', stage: 'match', message: 'finished' })
    await settle()
  }
  return { clock, queue, given, finish }
}

describe('jobs that wait for a worker', () => {
  it('frames go first, in their order, and a photo after them', async () => {
    const { queue, given, finish } = setUp()
    for (const job of [frameOf('1'), photo, frameOf('2'), frameOf('3')]) void queue.submit(job)
    expect(given).toEqual(['1 5000'])
    for (let i = 0; i < 3; i++) await finish()
    expect(given).toEqual(['1 5000', '2 5000', '3 5000', 'photo 30000'])
    expect(queue.waiting).toBe(0)
  })

  it('frames without end do not keep a photo waiting for ever', async () => {
    const { clock, queue, given, finish } = setUp()
    void queue.submit(frameOf('1'))
    void queue.submit(photo)
    for (let i = 2; i < 6; i++) {
      void queue.submit(frameOf(String(i)))
      await clock.run(200)
      await finish()
    }
    expect(given).toEqual(['1 5000', '2 5000', '3 5000', 'photo 30000', '4 5000'])
  })

  it('a job that no worker takes in time is given back, and not run later', async () => {
    const { clock, queue, given, finish } = setUp()
    void queue.submit(frameOf('1'))
    const late = queue.submit(frameOf('2'))
    const patient = queue.submit(photo)
    await clock.run(5_000)
    expect(await late).toEqual({ kind: 'lost', stage: 'decode', message: 'no worker was free in 5000 ms' })
    await finish()
    expect(given).toEqual(['1 5000', 'photo 30000'])
    await finish()
    expect(await patient).toEqual({ kind: 'lost', stage: 'match', message: 'finished' })
    expect(clock.pending()).toBe(0)
  })

  it('gives all back at once when it is cleared', async () => {
    const { clock, queue, given } = setUp()
    void queue.submit(frameOf('1'))
    const waiting = [queue.submit(frameOf('2')), queue.submit(photo)]
    queue.clear('the engine stopped')
    const stopped = { kind: 'lost', stage: 'decode', message: 'the engine stopped' }
    expect(await Promise.all(waiting)).toEqual([stopped, stopped])
    expect([given, queue.waiting, clock.pending()]).toEqual([['1 5000'], 0, 0])
  })
})
