import { type Patch, runInCopy } from '../chaos/program.js'
import type { CampaignSummary } from './campaign.js'

export interface PlantedBug {
  readonly name: string
  readonly patch: Patch
}

/** Bugs that somebody could write, each a change of compiled code in a copy. The campaign must find every one. */
export const PLANTED: readonly PlantedBug[] = [
  {
    name: 'an event is acknowledged before its commit',
    patch: {
      file: 'gateway/device/event-handler.js', from: 'fire.onEvent(deviceId, event);',
      to: "fire.onEvent(deviceId, event);\n        publisher.publish('eventAck', address, { v: 1, eventIds: [eventId] });",
    },
  },
  { name: 'a repeated event is recorded again', patch: { file: 'gateway/store/device-tables.js', from: 'return added === 1;', to: 'return added >= 0;' } },
  {
    name: 'an order of the server is carried out after its time',
    patch: { file: 'gateway/orders/order-runner.js', from: 'if (clock.monoMs() >= deadlineMonoMs)', to: 'if (deadlineMonoMs < 0)' },
  },
  {
    name: 'the upload\'s position moves before the server answers',
    patch: {
      file: 'gateway/sync/uploader.js', from: 'const sent = await sendBatch(', to: 'await store.markUploaded(epoch, position.lastSeq);\n        const sent = await sendBatch(',
    },
  },
  {
    name: 'a withdrawal does not reach the face workers',
    patch: { file: 'gateway/enrol/template-keeper.js', from: 'await Promise.all(losing.map((erasure) => gallery.removePerson(erasure.personRef)));', to: '' },
  },
  {
    name: 'a restored log goes on in its old epoch',
    patch: { file: 'gateway/sync/epoch.js', from: 'if (!continues)\n                await store.beginEpoch', to: 'if (!continues && head === undefined)\n                await store.beginEpoch' },
  },
  { name: 'commits are not synced', patch: { file: 'gateway/store/database-file.js', from: 'PRAGMA synchronous = FULL;', to: 'PRAGMA synchronous = NORMAL;' } },
  {
    name: 'the roster\'s cursor moves before its page is applied',
    patch: {
      file: 'gateway/sync/roster-applier.js', from: 'const plan = await planOf(items, snapshot?.marks, holds);',
      to: 'await store.transact((tx) => tx.setRosterCursor(cursor));\n        const plan = await planOf(items, snapshot?.marks, holds);',
    },
  },
]

export interface PlantedResult {
  readonly bug: string
  /** Null where it was not found. */
  readonly invariant: string | null
  readonly what: string | null
  readonly seed: number | null
  readonly runs: number
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Plants one bug in a copy of the compiled program and lets the campaign look for it there. @param folder for the copy */
export function huntPlanted({ name, patch }: PlantedBug, options: { seed: number; runs: number; folder: string }): PlantedResult {
  const args = ['--seed', `${options.seed}`, '--runs', `${options.runs}`, '--json', '--no-shrink']
  const { found, runs, seconds, cpuSeconds } = runInCopy([patch], args, options.folder) as CampaignSummary
  const first = found?.violations[0]
  return { bug: name, invariant: first?.invariant ?? null, what: first?.what ?? null, seed: found?.seed ?? null, runs, seconds, cpuSeconds }
}
