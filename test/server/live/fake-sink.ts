import type { LiveSink } from '../../../server/live/live-client.js'

/** A reader that takes what is written, or stalls when told to. */
export interface FakeSink extends LiveSink {
  /** Every text that was written, in order. */
  readonly written: string[]
  state: 'open' | 'ended' | 'destroyed'
  /** While true every write says that the reader is behind. */
  stalled: boolean
  /** Takes all and asks for more. */
  drain(): void
  /** The browser is gone. */
  close(): void
}

export function createFakeSink(): FakeSink {
  const onReady: Array<() => void> = []
  const onClosed: Array<() => void> = []
  const sink: FakeSink = {
    written: [],
    state: 'open',
    stalled: false,
    write(text) {
      if (sink.state !== 'open') throw new Error('written after the end')
      sink.written.push(text)
      return !sink.stalled
    },
    onReady: (callback) => void onReady.push(callback),
    onClosed: (callback) => void onClosed.push(callback),
    end: () => void (sink.state = 'ended'),
    destroy: () => void (sink.state = 'destroyed'),
    drain() {
      sink.stalled = false
      for (const callback of onReady) callback()
    },
    close() {
      for (const callback of onClosed) callback()
    },
  }
  return sink
}

export interface SseEvent {
  readonly id?: string
  readonly event?: string
  readonly data?: unknown
}

/** Reads server-sent events as a browser does: a block without data is no event, nor is one that has not ended. */
export function eventsIn(text: string): SseEvent[] {
  return text.split('\n\n').slice(0, -1).flatMap((block) => {
    const fields = Object.fromEntries(block.split('\n').filter((line) => !line.startsWith(':') && line.includes(': ')).map((line) => {
      const at = line.indexOf(': ')
      return [line.slice(0, at), line.slice(at + 2)]
    }))
    return fields['data'] === undefined ? [] : [{ ...fields, data: JSON.parse(fields['data']) as unknown }]
  })
}

/** The last id that a browser would send when it comes back. */
export const lastIdIn = (text: string): string | undefined => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1]
