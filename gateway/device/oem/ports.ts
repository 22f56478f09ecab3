import type { RecordBody } from '#contract/sync-records.js'
import type { RecordCount } from './record-number-rules.js'

/** How a terminal shows who it is: a certificate of the estate's authority, or a name and password. */
export type TerminalCredential =
  | { readonly kind: 'certificate'; /** SHA-256 of the certificate in DER, hex. */ readonly fingerprint: string }
  | { readonly kind: 'login'; readonly userName: string; /** Salted scrypt hash with its cost, see `login-hash`. */ readonly passwordHash: string }

/** A face terminal of another maker that this gateway knows; a revoked one keeps its row. */
export interface TerminalRow {
  readonly terminalId: string
  readonly credential: TerminalCredential
  readonly revokedAtMs: number | null
  readonly records: RecordCount
}

/**
 * `wanted`: to be put onto the terminal, or put there again. `failed`: the terminal did not take the person.
 * `deleting`: to be removed; it stays until the terminal has said that the person is gone.
 */
export const TERMINAL_PERSON_STATES = ['wanted', 'held', 'failed', 'deleting'] as const
export type TerminalPersonState = (typeof TERMINAL_PERSON_STATES)[number]

/** One person on one terminal, as far as this gateway knows. */
export interface TerminalPersonRow {
  readonly terminalId: string
  readonly personRef: string
  /** Consent under which the face went there. */
  readonly consentId: string
  readonly state: TerminalPersonState
  /** True once it was sent, whatever came of it: from then on the terminal may hold this face. */
  readonly placed: boolean
  /** Version of the photo that it is about. */
  readonly photoAtMs: number
  /** True once the terminal said that it holds this version: from then on a change needs no picture. */
  readonly confirmed: boolean
  /** What the terminal was, or is to be, told of the person's time: it refuses outside of it by itself. */
  readonly validFromMs: number
  readonly validUntilMs: number
  /** Of the last failure, see `personError`; null where there was none. */
  readonly errorCode: number | null
  /** Attempts since the last success. */
  readonly tries: number
  /** Not before this moment of the wall clock; null for never by itself. */
  readonly nextTryAtMs: number | null
}

/** A photo that waits for terminals. Its bytes are read one at a time, and only when a terminal fetches them. */
export interface TerminalPhoto {
  readonly personRef: string
  readonly consentId: string
  /** When it was taken over: the photo's version. */
  readonly photoAtMs: number
}

export interface TerminalTx {
  /** Who it is and whether it may connect; its count of records stays as it is. */
  saveTerminal(row: TerminalRow): Promise<void>
  saveTerminalRecords(terminalId: string, records: RecordCount): Promise<void>
  putTerminalPerson(row: TerminalPersonRow): Promise<void>
  dropTerminalPerson(terminalId: string, personRef: string): Promise<void>
  /** Seals it with the store's key; an earlier one of the person goes. @throws GW_STORE_NO_CONSENT */
  putTerminalPhoto(photo: TerminalPhoto, jpeg: Uint8Array): Promise<void>
  /** False where there was none. Freed pages are overwritten as with templates. */
  deleteTerminalPhoto(personRef: string): Promise<boolean>
}

export interface TerminalReads {
  terminals(): Promise<readonly TerminalRow[]>
  terminalPersons(): Promise<readonly TerminalPersonRow[]>
  terminalPhotos(): Promise<readonly TerminalPhoto[]>
  /** The JPEG, opened; undefined where it is gone. */
  terminalPhoto(personRef: string): Promise<Uint8Array | undefined>
}

/** What the adapter needs of the store. */
export interface TerminalStore extends TerminalReads {
  transact<T>(work: (tx: TerminalStoreTx) => Promise<T>): Promise<T>
}

export interface TerminalStoreTx extends TerminalTx {
  append(body: RecordBody): Promise<unknown>
  claimDeviceEvent(deviceId: string, eventId: string): Promise<boolean>
}
