import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock.js'
import { silentLogger } from '#kernel/log.js'
import { seededRandom, systemRandom } from '#kernel/random.js'
import { readManifest } from '../../gateway/face/model-manifest.js'
import { packageRoot } from '../../gateway/package-root.js'
import { createGatewayStore } from '../../gateway/store/gateway-store.js'
import { type GatewayHome, photoOf } from '../flow/support/gateway-rig.js'
import { consent, gate, permit, person, personRef } from '../support/factories.js'
import { gaussianUnit } from './synthetic.js'

/** Faces of the demo pictures that are enrolled as residents, one person each. */
export const RESIDENTS = ['s1-a', 's1-c', 's2-c', 's3-a', 's4-a', 's4-b', 's5-a', 's5-d'] as const
const YEAR_MS = 31_536_000_000
const PERSONS_PER_TRANSACTION = 500

export interface EstateSize {
  /** Persons without a face in the world, with random templates. */
  readonly synthetic: number
  readonly templatesEach: number
  /** Each with a camera `cam-n` and a controller `ctl-n`; everybody may pass everywhere. */
  readonly gates: number
}

/** Fills the data directory of a gateway that has not started yet, through its own store. */
export async function fillStore(home: GatewayHome, size: EstateSize): Promise<void> {
  const { modelId, nets } = await readManifest(join(packageRoot(), 'models', 'manifest.json'))
  const templateKey = systemRandom.bytes(32)
  mkdirSync(join(home.dataDir, 'keys'), { recursive: true, mode: 0o700 })
  writeFileSync(join(home.dataDir, 'keys', 'template.key'), `${Buffer.from(templateKey).toString('hex')}\n`, { mode: 0o600 })
  const store = createGatewayStore({ path: join(home.dataDir, 'gateway.db'), templateKey, clock: systemClock, random: systemRandom, log: silentLogger })
  await store.open()
  const random = seededRandom(1).float
  const nowMs = Date.now()
  const times = { grantedAtMs: nowMs - 60_000, expiresAtMs: nowMs + YEAR_MS }
  const gateIds = Array.from({ length: size.gates }, (_, index) => `gate-${index + 1}`)
  const persons = size.synthetic + RESIDENTS.length
  await store.transact(async (tx) => {
    for (let n = 1; n <= size.gates; n++) await tx.putGate(gate(n))
  })
  for (let from = 1; from <= persons; from += PERSONS_PER_TRANSACTION) {
    await store.transact(async (tx) => {
      for (let n = from; n < Math.min(from + PERSONS_PER_TRANSACTION, persons + 1); n++) {
        await tx.putPerson(person(n))
        await tx.putConsent(consent(n, times))
        await tx.putPermit(permit(n, { gateIds, validFromMs: nowMs - 60_000, validUntilMs: nowMs + YEAR_MS }))
        if (n > size.synthetic) continue
        const templates = Array.from({ length: size.templatesEach }, () => gaussianUnit(random, new Float32Array(nets.embed.dimensions)))
        await tx.putTemplates(personRef(n), consent(n).consentId, modelId, templates)
      }
    })
  }
  await store.close()
}

/** Enrols the real faces with the gateway's own command. @throws where one is refused */
export async function enrolResidents(home: GatewayHome, { synthetic }: EstateSize): Promise<void> {
  for (const [index, faceId] of RESIDENTS.entries()) {
    const { code, stdout, stderr } = await home.command('enrol', '--person', personRef(synthetic + index + 1), '--photo', await photoOf(home, faceId), '--json')
    if (code !== 0) throw new Error(`${faceId} is not enrolled: ${stdout}${stderr}`)
  }
}
