import type { EventStream } from '../../../../server/web/kit/live/live-feed.js'

/** A stream of events whose other end the test holds. */
export class FakeStream implements EventStream {
  readyState = 0
  readonly #listeners = new Map<string, (event: { data?: unknown }) => void>()
  constructor(readonly url: string) {}
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void { this.#listeners.set(type, listener) }
  close(): void { this.readyState = 2 }
  emit(type: string, data?: unknown): void { this.#listeners.get(type)?.({ data }) }
  open(): void {
    this.readyState = 1
    this.emit('open')
  }
  fail(readyState: number): void {
    this.readyState = readyState
    this.emit('error')
  }
}
