import type { FaceLookV1 } from '#contract/face-messages.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { SeenFrame } from '../access/ports.js'

/** How a wait for an answer ended. */
export type LookEnd<Answer> = { readonly kind: 'answered'; readonly answer: Answer } | { readonly kind: 'lost' } | { readonly kind: 'unanswered' }

interface Pending<Answer> {
  readonly workerId: string
  readonly frame: SeenFrame
  readonly settle: (end: LookEnd<Answer>) => void
  readonly cancel: CancelTimer
}

export interface PendingLooks<Answer> {
  /** Waits for the answer to one frame, `waitMs` at most. */
  wait(jobId: string, workerId: string, frame: SeenFrame, waitMs: number): Promise<LookEnd<Answer>>
  /** Whether this answer is one to a frame that waits for it; changes nothing. */
  judge(workerId: string, look: Pick<FaceLookV1, 'jobId' | 'cameraId' | 'frameId' | 'capturedMonoMs'>): 'expected' | 'unasked' | 'not-yours' | 'mismatch'
  /** Ends the wait, once. */
  answer(jobId: string, answer: Answer): void
  /** Nothing that this worker was asked will be answered; all workers where none is named. */
  lose(workerId?: string): void
  count(workerId: string): number
}

/**
 * Frames that are with face workers. An answer counts for the frame that it was asked about, by the worker that was asked, once and in time: a late,
 * repeated or made-up one finds nothing here, and opens nothing (I3).
 */
export function createPendingLooks<Answer>({ clock }: { clock: Clock }): PendingLooks<Answer> {
  const pending = new Map<string, Pending<Answer>>()
  const end = (jobId: string, how: LookEnd<Answer>): void => {
    const entry = pending.get(jobId)
    if (entry === undefined) return
    pending.delete(jobId)
    entry.cancel()
    entry.settle(how)
  }
  return {
    wait: (jobId, workerId, frame, waitMs) => new Promise((settle) => {
      pending.set(jobId, { workerId, frame, settle, cancel: clock.after(waitMs, () => end(jobId, { kind: 'unanswered' })) })
    }),
    judge(workerId, { jobId, cameraId, frameId, capturedMonoMs }) {
      const entry = pending.get(jobId)
      if (entry === undefined) return 'unasked'
      if (entry.workerId !== workerId) return 'not-yours'
      const { frame } = entry
      return frame.cameraId === cameraId && frame.frameId === frameId && frame.capturedMonoMs === capturedMonoMs ? 'expected' : 'mismatch'
    },
    answer: (jobId, answer) => end(jobId, { kind: 'answered', answer }),
    lose(workerId) {
      for (const [jobId, entry] of [...pending]) if (workerId === undefined || entry.workerId === workerId) end(jobId, { kind: 'lost' })
    },
    count: (workerId) => [...pending.values()].filter((entry) => entry.workerId === workerId).length,
  }
}
