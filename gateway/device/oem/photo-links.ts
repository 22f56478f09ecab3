import type { OneTimeFiles } from '../one-time-files.js'
import type { TerminalPersonRow, TerminalReads } from './ports.js'

/** A terminal fetches a batch one by one: the last of 1 000 photos is due after three quarters of an hour. */
const TTL_MS_MIN = 600_000
const TTL_MS_EACH = 3_000
/** One more than it needs, for a download that breaks off at its very end. */
const USES_MAX = 2

/** Addresses that terminals fetch photos by; each is good for one person, a short time, and hardly more than once. */
export interface PhotoLinks {
  /** For those whose photo the terminal does not have yet. */
  offer(rows: readonly TerminalPersonRow[]): ReadonlyMap<string, string>
  withdraw(urls: readonly string[]): void
}

export function createPhotoLinks(deps: { files: Pick<OneTimeFiles, 'offer' | 'withdraw'>; store: Pick<TerminalReads, 'terminalPhoto'> }): PhotoLinks {
  const { files, store } = deps
  return {
    offer(rows) {
      const missing = rows.filter((row) => !row.confirmed)
      const ttlMs = TTL_MS_MIN + TTL_MS_EACH * missing.length
      return new Map(missing.map(({ personRef }) => [personRef, files.offer({
        // Unsealed for the moment of its fetch only; a consent that ended meanwhile has taken it away.
        read: () => store.terminalPhoto(personRef), contentType: 'image/jpeg', usesMax: USES_MAX, ttlMs,
      })]))
    },
    withdraw(urls) {
      for (const url of urls) files.withdraw(url)
    },
  }
}
