import type { Logger } from '#kernel/log.js'

/** Parts of a process that were opened, closed in reverse. */
export interface Lifecycle {
  /** Opens a part; once it is open, `close` will close it. */
  open<T>(name: string, start: () => Promise<T> | T, stop: () => Promise<void> | void): Promise<T>
  /** Closes all that was opened, the newest first, each even where another fails. @returns true where none failed */
  close(): Promise<boolean>
}

export function createLifecycle(deps: { log: Logger }): Lifecycle {
  const opened: Array<{ name: string; stop: () => Promise<void> | void }> = []
  return {
    async open(name, start, stop) {
      const result = await start()
      opened.push({ name, stop })
      deps.log.debug({ part: name }, 'opened')
      return result
    },
    async close() {
      let clean = true
      for (let part = opened.pop(); part !== undefined; part = opened.pop()) {
        try {
          await part.stop()
          deps.log.debug({ part: part.name }, 'closed')
        } catch (error) {
          clean = false
          deps.log.error({ part: part.name, err: error }, 'a part could not be closed')
        }
      }
      return clean
    },
  }
}
