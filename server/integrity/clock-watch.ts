/** What a record says of its time, and when the server got it. */
export interface Stamped {
  readonly seq: number
  readonly occurredAtMs: number
  readonly monoMs: number
  readonly bootId: string
  /** By the server's clock: the record is no younger. */
  readonly receivedAtMs: number
}

export const CLOCK_FINDINGS = ['ahead', 'behind', 'set'] as const
export interface ClockStretch {
  readonly epoch: number
  readonly from: number
  readonly to: number
  /**
   * `ahead`: later than the server got it. `behind`: earlier than what stands before it in the log. `set`: the clock was
   * set after it, within the same life of the process.
   */
  readonly cause: (typeof CLOCK_FINDINGS)[number]
  /** How far off at least, the worst of the stretch. */
  readonly offMs: number
}

export interface ClockWatch {
  /** Records of the epoch in the order of their seq. */
  see(epoch: number, record: Stamped): void
  /** The first stretches, by place in the log; `count` is of all. */
  report(): { readonly stretches: readonly ClockStretch[]; readonly count: number }
}

/** What two clocks that are right may differ by: a network's delay and the seconds that time servers correct in one go. */
export const CLOCK_TOLERANCE_MS = 10_000
/** Stretches that a report names. */
const STRETCHES_MAX = 200

/** Where the process that wrote the records began, and what its two clocks said last. */
interface Life {
  readonly bootId: string
  readonly epoch: number
  readonly fromSeq: number
  /** Latest good time before this life. */
  readonly latestBeforeMs: number
  offsetMs: number
}

/**
 * Finds records whose time cannot be right. Nothing is decided by time: the order of a log is that of its numbers, and so
 * a time that goes back, or is later than its receipt, is seen.
 * @param registeredAtMs when the gateway was registered, by the server's clock: no record is older
 */
export function createClockWatch(registeredAtMs: number): ClockWatch {
  const stretches: ClockStretch[] = []
  let count = 0
  let open: ClockStretch | undefined
  let life: Life | undefined
  let latestMs = registeredAtMs

  const add = (stretch: ClockStretch): void => {
    count += 1
    if (stretches.length < STRETCHES_MAX) stretches.push(stretch)
  }
  const close = (): void => {
    if (open !== undefined) add(open)
    open = undefined
  }
  const suspect = (epoch: number, seq: number, cause: 'ahead' | 'behind', offMs: number): void => {
    if (open?.cause === cause && open.epoch === epoch && open.to === seq - 1) open = { ...open, to: seq, offMs: Math.max(open.offMs, offMs) }
    else {
      close()
      open = { epoch, from: seq, to: seq, cause, offMs }
    }
  }
  /** What was written in this life before its clock was set; the times before it say nothing about the new ones. */
  const wasSet = (before: Life, epoch: number, seq: number, offMs: number): void => {
    close()
    if (before.fromSeq < seq) add({ epoch, from: before.fromSeq, to: seq - 1, cause: 'set', offMs: Math.abs(offMs) })
    latestMs = before.latestBeforeMs
  }

  return {
    see(epoch, { seq, occurredAtMs, monoMs, bootId, receivedAtMs }) {
      const offsetMs = occurredAtMs - monoMs
      if (life?.bootId !== bootId) life = { bootId, epoch, fromSeq: seq, latestBeforeMs: latestMs, offsetMs }
      if (life.epoch !== epoch) life = { ...life, epoch, fromSeq: seq }
      const stepMs = offsetMs - life.offsetMs
      if (Math.abs(stepMs) > CLOCK_TOLERANCE_MS) {
        wasSet(life, epoch, seq, stepMs)
        life = { ...life, fromSeq: seq }
      }
      life.offsetMs = offsetMs
      const aheadMs = occurredAtMs - receivedAtMs
      const behindMs = latestMs - occurredAtMs
      if (aheadMs > CLOCK_TOLERANCE_MS) suspect(epoch, seq, 'ahead', aheadMs)
      else if (behindMs > CLOCK_TOLERANCE_MS) suspect(epoch, seq, 'behind', behindMs)
      else {
        close()
        latestMs = Math.max(latestMs, occurredAtMs)
      }
    },
    report() {
      close()
      return { stretches, count }
    },
  }
}
