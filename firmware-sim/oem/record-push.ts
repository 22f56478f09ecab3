import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import type { OemProfile } from './oem-faults.js'
import type { KeptRecord, TerminalFlash } from './terminal-flash.js'

/** A record that was not acknowledged is sent again after this, spec v1.25 §2.4. */
const RESEND_MS = 10_000
/** Until then after it happened a record counts as one of just now. */
const IN_TIME_MS = 10_000

/** Pushes records until each is acknowledged, the oldest first. */
export interface RecordPush {
  /** A new one was kept. */
  offer(record: KeptRecord): void
  connected(): void
  disconnected(): void
  acknowledged(type: KeptRecord['type'], id: number): void
}

export function createRecordPush(deps: {
  flash: TerminalFlash; profile: OemProfile; clock: Clock; random: RandomSource; send: (record: KeptRecord, isInTime: boolean) => void
}): RecordPush {
  const { flash, profile, clock, random, send } = deps
  let isConnected = false
  let cancel: CancelTimer = () => undefined

  const push = (record: KeptRecord): void => {
    const isInTime = clock.wallMs() - record.atWallMs < IN_TIME_MS
    send(record, isInTime)
    if (random.float() < profile.duplicate) send(record, isInTime)
  }
  /** What it kept goes out one at a time: the next after the acknowledgement of this one. */
  const pushOldest = (): void => {
    cancel()
    const oldest = flash.records()[0]
    if (!isConnected || oldest === undefined) return
    push(oldest)
    if (profile.resumes) cancel = clock.after(RESEND_MS, pushOldest)
    else flash.acknowledge(oldest.type, oldest.id)
  }
  return {
    offer(record) {
      if (!isConnected) return
      push(record)
      if (!profile.resumes) flash.acknowledge(record.type, record.id)
      else if (flash.records().length === 1) {
        cancel()
        cancel = clock.after(RESEND_MS, pushOldest)
      }
    },
    connected() {
      isConnected = true
      pushOldest()
    },
    disconnected() {
      isConnected = false
      cancel()
    },
    acknowledged(type, id) {
      if (flash.acknowledge(type, id)) pushOldest()
    },
  }
}
