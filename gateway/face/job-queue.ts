import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Job, JobResult } from './worker-protocol.js'
import type { WorkerSlot } from './worker-slot.js'

/** Jobs that may wait. Cameras keep only their newest frame, so that more waiting means a caller that does not. */
const WAITING_MAX = 64
/** What enrolment asked and waited this long goes before frames, which alone could keep every worker busy for ever. */
const PHOTO_PATIENCE_MS = 500
/** How long a job may wait for a worker, and how long it may run. A frame takes some tens of milliseconds. */
const WAIT_MS_MAX = { analyse: 5_000, look: 5_000, judge: 5_000, embed: 60_000, compare: 60_000 } as const
const RUN_MS_MAX = { analyse: 5_000, look: 5_000, judge: 5_000, embed: 30_000, compare: 5_000 } as const
const isPhoto = ({ kind }: Job): boolean => kind === 'embed' || kind === 'compare'

export interface JobQueue {
  /** Never rejects. Frames go before what enrolment asks, since somebody stands at the gate, unless that waits long. */
  submit(job: Job): Promise<JobResult>
  /** Gives waiting jobs to idle workers; to be called whenever one became idle. */
  pump(): void
  /** Fails all that wait. */
  clear(message: string): void
  readonly waiting: number
}

interface Waiting {
  readonly job: Job
  readonly settle: (result: JobResult) => void
  readonly sinceMs: number
  cancel: CancelTimer
}

const lost = (message: string): JobResult => ({ kind: 'lost', stage: 'decode', message })

export function createJobQueue(deps: { clock: Clock; idle: () => WorkerSlot | undefined }): JobQueue {
  const waiting: Waiting[] = []
  const take = (entry: Waiting): void => {
    entry.cancel()
    waiting.splice(waiting.indexOf(entry), 1)
  }
  const first = (): Waiting | undefined => {
    const latestMs = deps.clock.monoMs() - PHOTO_PATIENCE_MS
    return waiting.find(({ job, sinceMs }) => isPhoto(job) && sinceMs <= latestMs)
      ?? waiting.find(({ job }) => !isPhoto(job)) ?? waiting[0]
  }
  const pump = (): void => {
    for (;;) {
      const next = first()
      const slot = next && deps.idle()
      if (next === undefined || slot === undefined) return
      take(next)
      void slot.run(next.job, RUN_MS_MAX[next.job.kind]).then((result) => {
        next.settle(result)
        pump()
      })
    }
  }
  return {
    submit: (job) => new Promise((settle) => {
      if (waiting.length >= WAITING_MAX) return settle(lost(`${WAITING_MAX} jobs wait already`))
      const waitMs = WAIT_MS_MAX[job.kind]
      const entry: Waiting = { job, settle, sinceMs: deps.clock.monoMs(), cancel: () => {} }
      entry.cancel = deps.clock.after(waitMs, () => {
        take(entry)
        settle(lost(`no worker was free in ${waitMs} ms`))
      })
      waiting.push(entry)
      pump()
    }),
    pump,
    clear(message) {
      for (const entry of [...waiting]) {
        take(entry)
        entry.settle(lost(message))
      }
    },
    get waiting() {
      return waiting.length
    },
  }
}
