import { join } from 'node:path'
import { systemClock } from '#kernel/clock.js'
import { silentLogger } from '#kernel/log.js'
import type { EnrolOutcome, FaceEngine, FaceOutcome } from '../../gateway/face/types.js'
import { createFaceEngine } from '../../gateway/face/worker-pool.js'
import { packageRoot } from '../../gateway/package-root.js'
import { type BadPicture, mutations, namedCases } from './fuzz-cases.js'

export interface FuzzReport {
  readonly cases: number
  /** How often each outcome came, at the gate and as an enrolment photo. */
  readonly atGate: Record<string, number>
  readonly asPhoto: Record<string, number>
  /** Cases whose outcome is not what it must be, the first twenty. */
  readonly wrong: readonly string[]
  readonly workerRestarts: number
  /** Resident memory of the process: after the first tenth of the cases, at its highest later, at the end. */
  readonly rssMiB: { readonly settled: number; readonly peak: number; readonly end: number }
}

const rssMiB = (): number => Math.round(process.memoryUsage().rss / 2 ** 20)

const wordOf = (outcome: FaceOutcome | EnrolOutcome): string =>
  'reason' in outcome ? `${outcome.stage}: ${outcome.reason}` : outcome.kind === 'failed' ? `failed in ${outcome.stage}: ${outcome.message}` : outcome.kind

/** Why this is not what must come of the picture, or undefined. */
function complaint({ name, expect }: BadPicture, word: string): string | undefined {
  const wrong = word.startsWith('failed') || (expect === 'undecodable' && word !== 'decode: undecodable') || (expect === 'seen' && word === 'decode: undecodable')
  return wrong ? `${name}: ${word}` : undefined
}

/** Shows every case to the engine as a frame, and every fourth as a photo too, which more formats suit. */
export async function fuzzEngine(engine: FaceEngine, count: number, seed: number): Promise<FuzzReport> {
  const [atGate, asPhoto]: [Record<string, number>, Record<string, number>] = [{}, {}]
  const wrong: string[] = []
  let cases = 0
  let settled = 0
  let peak = 0
  const show = async (picture: BadPicture, photoToo: boolean): Promise<void> => {
    const word = wordOf(await engine.analyse({ image: Uint8Array.from(picture.bytes), galleryKey: 'gate' }))
    atGate[word] = (atGate[word] ?? 0) + 1
    const fault = complaint(picture, word)
    if (fault !== undefined) wrong.push(fault)
    if (photoToo) {
      const photo = wordOf(await engine.embed(picture.bytes))
      asPhoto[photo] = (asPhoto[photo] ?? 0) + 1
    }
    cases += 1
    if (cases <= count / 10) settled = rssMiB()
    peak = Math.max(peak, rssMiB())
  }
  for (const picture of await namedCases()) await show(picture, true)
  for await (const picture of mutations(count, seed)) await show(picture, cases % 4 === 0)
  return { cases, atGate, asPhoto, wrong: wrong.slice(0, 20), workerRestarts: engine.status().restarts, rssMiB: { settled, peak, end: rssMiB() } }
}

/** The fuzzing of `npm test`, as long as one likes. */
export async function benchFuzz({ count, seed }: { count: number; seed: number }): Promise<FuzzReport> {
  const engine = createFaceEngine({
    manifestPath: join(packageRoot(), 'models', 'manifest.json'), settings: { livenessMin: 0 }, workers: 1, clock: systemClock, log: silentLogger,
  })
  await engine.start()
  try {
    return await fuzzEngine(engine, count, seed)
  } finally {
    await engine.stop()
  }
}
