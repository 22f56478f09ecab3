import type { CancelTimer } from '#kernel/clock.js'

/** True time of a simulated world, in milliseconds since it began. Nothing in it moves but by what was set here. */
export interface Timeline {
  nowMs(): number
  /** Runs `callback` once, `delayMs` from now; those that are due together run in the order they were set. */
  after(delayMs: number, callback: () => void): CancelTimer
  /** Lets everything happen that is due until `untilMs`, each thing with all that follows from it at once. */
  run(untilMs: number): Promise<void>
  /** Things that happened so far. */
  happened(): number
}

/** Work that takes turns of the event loop of its own: no virtual time passes before it is done. */
export interface RealWork {
  underWay: number
}

/** Counts a piece of it until the returned function is called, once or more often. */
export function holdTime(work: RealWork): () => void {
  let isHeld = true
  work.underWay += 1
  return () => {
    if (isHeld) work.underWay -= 1
    isHeld = false
  }
}

interface Due {
  readonly atMs: number
  readonly order: number
  callback: (() => void) | undefined
}

const isBefore = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/** A binary heap, the earliest first. */
function createHeap() {
  const heap: Due[] = []
  const at = (index: number): Due => heap[index] as Due
  const swap = (a: number, b: number): void => {
    const kept = at(a)
    heap[a] = at(b)
    heap[b] = kept
  }
  const rise = (from: number): void => {
    for (let index = from; index > 0;) {
      const parent = (index - 1) >> 1
      if (!isBefore(at(index), at(parent))) return
      swap(index, parent)
      index = parent
    }
  }
  const sink = (): void => {
    for (let index = 0; ;) {
      let least = index
      for (const child of [2 * index + 1, 2 * index + 2]) if (child < heap.length && isBefore(at(child), at(least))) least = child
      if (least === index) return
      swap(index, least)
      index = least
    }
  }
  return {
    first: (): Due | undefined => heap[0],
    push(due: Due): void {
      rise(heap.push(due) - 1)
    },
    pop(): void {
      const last = heap.pop() as Due
      if (heap.length === 0) return
      heap[0] = last
      sink()
    },
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/**
 * All work of a world is done by promises alone: one turn of the event loop after a callback everything that follows
 * from it has happened, in an order that depends on nothing else. What takes turns of its own is counted by `work`.
 */
export function createTimeline(work: RealWork = { underWay: 0 }): Timeline {
  const heap = createHeap()
  let nowMs = 0
  let order = 0
  let happened = 0

  const settle = async (): Promise<void> => {
    do await turn()
    while (work.underWay > 0)
  }
  return {
    nowMs: () => nowMs,
    happened: () => happened,
    after(delayMs, callback) {
      const due: Due = { atMs: nowMs + Math.max(0, delayMs), order: order++, callback }
      heap.push(due)
      return () => {
        due.callback = undefined
      }
    },
    async run(untilMs) {
      await settle()
      for (let due = heap.first(); due !== undefined && due.atMs <= untilMs; due = heap.first()) {
        heap.pop()
        const { callback } = due
        if (callback === undefined) continue
        due.callback = undefined
        nowMs = due.atMs
        happened += 1
        callback()
        await settle()
      }
      nowMs = Math.max(nowMs, untilMs)
    },
  }
}
