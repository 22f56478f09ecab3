import type { CancelTimer, Clock } from '#kernel/clock.js'

/** Where a page's text goes: an HTTP answer that stays open. */
export interface LiveSink {
  /** False where the page is behind: nothing more is written until `onReady` calls. */
  write(text: string): boolean
  onReady(callback: () => void): void
  /** The other side has gone, or the sink was ended. */
  onClosed(callback: () => void): void
  /** Ends after what was written. */
  end(): void
  /** Ends now. */
  destroy(): void
}

/** Events that wait for a slow page; of more the oldest are dropped and counted. A newer event of a key replaces the older. */
export const WAITING_EVENTS_MAX = 200
/** A page that took nothing for this many heartbeats is given up. */
const STALLED_HEARTBEATS = 3
/** The rest of the last write has this long to leave. */
const END_MS_MAX = 5_000

export interface LiveLine {
  send(key: string, kind: string, text: string): void
  heartbeat(): void
  end(): void
}

const frameOf = (kind: string, text: string): string => `event: ${kind}\ndata: ${text}\n\n`

/** One page's line: its own bounded buffer, so that a slow browser costs neither the others nor the gateway. */
export function createLiveLine(deps: { sink: LiveSink; clock: Clock }): LiveLine {
  const { sink, clock } = deps
  const waiting = new Map<string, string>()
  let open = true
  let ready = true
  let dropped = 0
  let stalled = 0
  let cancelDestroy: CancelTimer = () => undefined

  const pump = (): void => {
    if (!open || !ready || waiting.size + dropped === 0) return
    // What was left out comes first: the page then loads its list anew, and takes what follows as usual.
    const text = (dropped > 0 ? frameOf('dropped', JSON.stringify({ count: dropped })) : '') + [...waiting.values()].join('')
    waiting.clear()
    dropped = 0
    ready = sink.write(text)
  }
  const end = (): void => {
    if (!open) return
    open = false
    waiting.clear()
    sink.end()
    cancelDestroy = clock.after(END_MS_MAX, () => sink.destroy())
  }
  sink.onReady(() => {
    ready = true
    stalled = 0
    pump()
  })
  sink.onClosed(() => {
    open = false
    waiting.clear()
    cancelDestroy()
  })
  return {
    send(key, kind, text) {
      if (!open) return
      waiting.delete(key)
      waiting.set(key, frameOf(kind, text))
      const oldest = waiting.keys().next()
      if (waiting.size > WAITING_EVENTS_MAX && oldest.done === false) {
        waiting.delete(oldest.value)
        dropped += 1
      }
      pump()
    },
    heartbeat() {
      if (!open) return
      if (ready) {
        ready = sink.write(': \n\n')
        return
      }
      stalled += 1
      if (stalled >= STALLED_HEARTBEATS) end()
    },
    end,
  }
}
