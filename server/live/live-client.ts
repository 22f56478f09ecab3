import type { Clock } from '#kernel/clock.js'

/** Where a client's text goes: an HTTP answer that stays open. */
export interface LiveSink {
  /** False where the reader is behind: nothing more is written until `onReady` calls. */
  write(text: string): boolean
  onReady(callback: () => void): void
  /** The other side has gone, or the sink was ended. */
  onClosed(callback: () => void): void
  /** Ends after what was written. */
  end(): void
  /** Ends now, whatever was not sent yet. */
  destroy(): void
}

/** Events that wait for a slow reader; one more and it must begin anew. A gate's newer state replaces its older one. */
export const WAITING_EVENTS_MAX = 256
/** A reader that took nothing for this many heartbeats is given up. */
const STALLED_HEARTBEATS = 2
/** What was written last may reach a stalled reader for so long; then the connection is cut. */
const END_MS_MAX = 5_000

export interface LiveClient {
  /** Sends the frame, or keeps it until the reader is ready; of frames with one key only the newest is kept. */
  offer(key: string, frame: string): void
  /** Keeps proxies from closing a quiet line, and gives up a reader that takes nothing. */
  heartbeat(): void
  /** Tells the reader to load everything anew, and ends. */
  overflow(): void
  end(): void
  isOpen(): boolean
}

const COMMENT = ': \n\n'
const OVERFLOW = 'event: overflow\ndata: {}\n\n'

export function createLiveClient(deps: { sink: LiveSink; clock: Clock }): LiveClient {
  const { sink, clock } = deps
  const waiting = new Map<string, string>()
  let open = true
  let ready = true
  let stalledHeartbeats = 0

  const write = (text: string): void => {
    ready = sink.write(text)
  }
  const pump = (): void => {
    if (!open || !ready || waiting.size === 0) return
    const text = [...waiting.values()].join('')
    waiting.clear()
    write(text)
  }
  const end = (lastWords: string): void => {
    if (!open) return
    open = false
    waiting.clear()
    if (lastWords !== '') write(lastWords)
    sink.end()
    const cancel = clock.after(END_MS_MAX, () => sink.destroy())
    sink.onClosed(cancel)
  }
  sink.onReady(() => {
    ready = true
    stalledHeartbeats = 0
    pump()
  })
  sink.onClosed(() => {
    open = false
    waiting.clear()
  })

  return {
    offer(key, frame) {
      if (!open) return
      waiting.delete(key)
      if (waiting.size >= WAITING_EVENTS_MAX) return end(OVERFLOW)
      waiting.set(key, frame)
      pump()
    },
    heartbeat() {
      if (!open) return
      if (ready) return write(COMMENT)
      stalledHeartbeats += 1
      if (stalledHeartbeats >= STALLED_HEARTBEATS) end(OVERFLOW)
    },
    overflow: () => end(OVERFLOW),
    end: () => end(''),
    isOpen: () => open,
  }
}
