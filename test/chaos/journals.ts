import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandResultV1, DoorEventV1 } from '#contract/device-messages.js'
import { CONTROLLER, ESTATE } from '../flow/support/estate-under-test.js'

type Kept = { readonly kind: 'doorEvent'; readonly payload: DoorEventV1 } | { readonly kind: 'commandResult'; readonly payload: CommandResultV1 }

/** What the controller wrote down: everything that it had to tell, and what the gateway acknowledged of it. */
export interface Journal {
  readonly kept: ReadonlyMap<string, Kept>
  readonly acknowledged: ReadonlySet<string>
}

/** @param dir folder of the run */
export function readJournal(dir: string): Journal {
  const path = join(dir, 'sim', `${ESTATE}.${CONTROLLER}.kept`)
  const kept = new Map<string, Kept>()
  const acknowledged = new Set<string>()
  if (!existsSync(path)) return { kept, acknowledged }
  const lines = readFileSync(path, 'utf8').split('\n')
  // What follows the last line break was cut off with the process.
  for (const text of lines.slice(0, -1)) {
    const line = JSON.parse(text) as { keep: Kept } | { forget: string[] }
    if ('keep' in line) kept.set(line.keep.payload.eventId, line.keep)
    else for (const eventId of line.forget) acknowledged.add(eventId)
  }
  return { kept, acknowledged }
}
