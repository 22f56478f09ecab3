import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import type { Clock } from '#kernel/clock.js'
import type { FaceReport } from './face-report.js'
import type { LivenessReport } from './liveness-report.js'
import { modelError } from '../errors.js'

/** One run of a measuring tool, as it is kept for the model card. Names of persons and pictures are not kept. */
export type Measurement = Circumstances & (
  | { readonly tool: 'face:eval'; readonly result: FaceReport }
  | { readonly tool: 'face:liveness'; readonly result: LivenessReport }
)

export interface Circumstances {
  /** The command that gives these figures. */
  readonly command: string
  readonly date: string
  readonly machine: string
  readonly modelId: string
  /** See `pipelineDigest`. */
  readonly pipeline: string
}

/** `models/measured.json`: runs by the names that they were recorded under. */
export type Measured = Readonly<Record<string, Measurement>>

/** @throws MD_RECORD where the file is there and is no record of measurements */
export async function readMeasured(path: string): Promise<Measured> {
  if (!existsSync(path)) return {}
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw modelError('MD_RECORD', { file: path, reason: 'not JSON' }, cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw modelError('MD_RECORD', { file: path, reason: 'not an object' })
  return value as Measured
}

/** Puts one run into the file; the others stay. */
export async function record(path: string, name: string, measurement: Measurement): Promise<void> {
  const all = { ...await readMeasured(path), [name]: measurement }
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
  const part = `${path}.part`
  await writeFile(part, `${JSON.stringify(sorted, shorter, 1)}\n`)
  await rename(part, path)
}

/** Seven digits say all that was measured, and keep the file readable. */
const shorter = (_key: string, value: unknown): unknown => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value)

/** Where and when a measurement was made. */
export const circumstances = (clock: Clock): Pick<Circumstances, 'date' | 'machine'> => ({
  date: new Date(clock.wallMs()).toISOString().slice(0, 10),
  machine: `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`,
})
