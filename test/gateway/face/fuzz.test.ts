import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '#kernel/clock.js'
import { silentLogger } from '#kernel/log.js'
import type { FaceEngine } from '../../../gateway/face/types.js'
import { createFaceEngine } from '../../../gateway/face/worker-pool.js'
import { fuzzEngine } from '../../bench/fuzz.js'
import { namedCases } from '../../bench/fuzz-cases.js'
import { compiled } from '../../support/compiled.js'
import { MANIFEST, FRONTAL, frameOf, own, type KnownFace } from './support/demo-faces.js'

/** More are run by `npm run bench -- fuzz --count 10000`. */
const COUNT = 300
const SEED = 20_261_123
/** Threads run compiled code. */
const workerUrl = new URL('../../../dist/gateway/face/worker.js', import.meta.url)

/** With the real clock: deadlines of jobs count, and a picture that keeps a worker busy would be a lost worker. */
async function started(): Promise<FaceEngine> {
  const engine = createFaceEngine({ manifestPath: MANIFEST, settings: { livenessMin: 0 }, workers: 1, clock: systemClock, log: silentLogger, workerUrl })
  onTestFinished(() => engine.stop())
  await engine.start()
  return engine
}

describe('bad pictures', { timeout: 120_000 }, () => {
  beforeAll(() => void compiled('gateway/face/worker.js'))

  it('each named kind is refused with its reason, or looked at where it is a proper picture', async () => {
    const engine = await started()
    const cases = await namedCases()
    for (const { name, bytes, expect: expected } of cases) {
      const outcome = await engine.analyse({ image: own(bytes), galleryKey: 'gate' })
      const became = outcome.kind === 'refused' ? (outcome.reason === 'undecodable' ? 'undecodable' : 'seen') : outcome.kind
      expect([name, became]).toEqual([name, expected])
    }
    expect(cases.length).toBeGreaterThan(15)
    expect(engine.status()).toEqual({ workersReady: 1, restarts: 0, inFlight: 0 })
  })

  it(`${COUNT} damaged ones (seed ${SEED}): an outcome with a reason each, no worker lost, memory bounded, and the next face is seen`, async () => {
    const engine = await started()
    const report = await fuzzEngine(engine, COUNT, SEED)
    expect(report).toMatchObject({ wrong: [], workerRestarts: 0, cases: COUNT + (await namedCases()).length })
    expect(report.atGate['decode: undecodable'] ?? 0, 'the damage does damage').toBeGreaterThan(COUNT / 4)
    expect(report.atGate['match: not-recognised'] ?? 0, 'some damage leaves a face').toBeGreaterThan(0)
    // A frame may keep 26 MB of pixels, a photo for enrolment 120 MB while it is looked at; a leak of one picture each would be more.
    expect(report.rssMiB.peak - report.rssMiB.settled).toBeLessThan(400)
    const face = await engine.analyse({ image: own(await frameOf(FRONTAL[0] as KnownFace, { heightPx: 200 })), galleryKey: 'gate' })
    expect(face).toMatchObject({ kind: 'refused', stage: 'match', reason: 'not-recognised' })
  })
})
