/** The part of `EventSource` that is used. */
export interface EventStream {
  readonly readyState: number
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void
  close(): void
}

export type LiveState = 'off' | 'connecting' | 'live' | 'reconnecting'

export interface LiveFeedDeps<Kind extends string = LiveKind> {
  readonly open: (url: string) => EventStream
  /** Runs the callback once after that many milliseconds; returns how to cancel it. */
  readonly after: (delayMs: number, callback: () => void) => () => void
  /** Asked before a closed stream is opened again: resolves false where the session ended. */
  readonly maySubscribe: () => Promise<boolean>
  readonly onState: (state: LiveState) => void
  /** The stream opened, for the first time or again: what happened before has to be asked for. */
  readonly onOpen: () => void
  readonly onEvent: (kind: Kind, payload: unknown) => void
  /** Kinds of event that are listened to. */
  readonly kinds: readonly Kind[]
}

export const LIVE_KINDS = ['access', 'gate', 'integrity', 'alarm', 'order', 'device'] as const
export type LiveKind = (typeof LIVE_KINDS)[number]

const CLOSED = 2
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 30_000

/** Undefined where it is no JSON: a cut event is made good by the page's next load. */
function payloadOf(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}

/**
 * Server-sent events that come back: the browser retries a broken line by itself; a stream that it gave up, or that
 * the server ended with `overflow`, is opened again here, ever more slowly.
 */
export function createLiveFeed<Kind extends string>(deps: LiveFeedDeps<Kind>) {
  let stream: EventStream | undefined
  let cancelRetry: (() => void) | undefined
  let retryMs = RETRY_FIRST_MS
  let opened = false
  let generation = 0

  const drop = (): void => {
    generation++
    cancelRetry?.()
    cancelRetry = undefined
    stream?.close()
    stream = undefined
  }

  function connect(url: string): void {
    const mine = deps.open(url)
    stream = mine
    mine.addEventListener('open', () => {
      if (mine !== stream) return
      retryMs = RETRY_FIRST_MS
      deps.onState('live')
      deps.onOpen()
      opened = true
    })
    mine.addEventListener('error', () => {
      if (mine !== stream) return
      deps.onState('reconnecting')
      if (mine.readyState === CLOSED) retry(url)
    })
    mine.addEventListener('overflow', () => { if (mine === stream) retry(url) })
    for (const kind of deps.kinds) {
      mine.addEventListener(kind, (event) => {
        const payload = mine === stream ? payloadOf(event.data) : undefined
        if (payload !== undefined) deps.onEvent(kind, payload)
      })
    }
  }

  function retry(url: string): void {
    drop()
    deps.onState('reconnecting')
    const mine = generation
    cancelRetry = deps.after(retryMs, () => {
      void deps.maySubscribe().catch(() => true).then((may) => {
        if (mine !== generation) return
        if (may) connect(url)
        else deps.onState('off')
      })
    })
    retryMs = Math.min(RETRY_MAX_MS, retryMs * 2)
  }

  return {
    start(url: string): void {
      drop()
      retryMs = RETRY_FIRST_MS
      deps.onState(opened ? 'reconnecting' : 'connecting')
      connect(url)
    },
    stop(): void {
      drop()
      deps.onState('off')
    },
  }
}

export type LiveFeed = ReturnType<typeof createLiveFeed>
