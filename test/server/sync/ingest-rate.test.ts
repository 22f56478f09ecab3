import { expect, it } from 'vitest'
import { LIMITS } from '#kernel/limits.js'
import { tempDatabase } from '../support/temp-database.js'
import { openIngest } from './ingest-rig.js'
import { command, doorEvent, outcome, passage } from './record-samples.js'

const RECORDS = 20_000
/** A quarter of what was measured, in processor time, which other processes do not change: below it something is slow by its nature. */
const RECORDS_PER_CPU_SECOND_MIN = 3_000

it('takes a backlog at the rate of several thousand records a second, to disk', async () => {
  const { log, send, recordCount } = await openIngest(await tempDatabase())
  // As an estate's log is made up: half of it passages, the rest what follows a granted one.
  for (let n = 1; log.lastSeq < RECORDS; n++) log.append(passage(n), command(n), outcome(n), doorEvent(n, n % 2 === 0 ? 'opened' : 'closed'), passage(n + RECORDS))
  const batches = Array.from({ length: RECORDS / LIMITS.syncBatchRecordsMax }, (_, index) =>
    log.batch(index * LIMITS.syncBatchRecordsMax + 1, (index + 1) * LIMITS.syncBatchRecordsMax))
  const begun = process.hrtime.bigint()
  const cpuBefore = process.cpuUsage()
  for (const batch of batches) await send(batch)
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9
  const { user, system } = process.cpuUsage(cpuBefore)
  const rate = (time: number): number => Math.round(RECORDS / time)
  console.log(`ingest: ${RECORDS} records in ${seconds.toFixed(2)} s: ${rate(seconds)} a second, ${rate((user + system) / 1e6)} a second of processor time`)
  expect(await recordCount()).toBe(RECORDS)
  expect(rate((user + system) / 1e6)).toBeGreaterThan(RECORDS_PER_CPU_SECOND_MIN)
}, 180_000)
