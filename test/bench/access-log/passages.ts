import { REFUSAL_REASONS, WAYS, type RefusalReason, type Way } from '#contract/passage-record.js'
import type { RecordOf } from '#contract/sync-records.js'
import { seededRandom } from '#kernel/random.js'
import type { PlacedRecord } from '../../../server/sync/record-place.js'

export const ESTATES = 11
const GATES_PER_ESTATE = 6
const PERSONS_PER_ESTATE = 1_000
const DAY_MS = 86_400_000
const FIRST_MS = Date.UTC(2026, 0, 1)
/** The log covers so many days, however many rows it has. */
export const DAYS = 180

export const estateOf = (index: number): string => `estate-${index + 1}`
export const gateOf = (index: number): string => `gate-${index + 1}`
const id = (group: number, count: number): string => `0194${String(group).padStart(4, '0')}-0000-7000-8000-${count.toString(16).padStart(12, '0')}`
export const personOf = (estate: number, index: number): string => id(1, estate * 100_000 + index)

/** Most come by face or card; a guard opens now and then. */
const WAY_PARTS: ReadonlyArray<readonly [Way, number]> = [['face', 0.6], ['card', 0.22], ['qr', 0.08], ['pin', 0.06], ['guard', 0.02], ['remote', 0.005], ['terminal-face', 1]]
/** Nine of ten refusals have one of three reasons; each following reason is a third as frequent as the one before. */
const COMMON: readonly RefusalReason[] = ['not-recognised', 'no-face', 'not-live']
const RARE = REFUSAL_REASONS.filter((reason) => !COMMON.includes(reason))
/** Never happened: a filter on it has nothing to find. */
export const NEVER: RefusalReason = 'terminal-refused'
/** Happened a handful of times. */
export const RAREST = RARE.filter((reason) => reason !== NEVER).at(-1) as RefusalReason

function reasonFrom(random: () => number): RefusalReason {
  if (random() < 0.9) return COMMON[Math.floor(random() * COMMON.length)] as RefusalReason
  const usual = RARE.filter((reason) => reason !== NEVER && reason !== RAREST)
  return usual[Math.min(usual.length - 1, Math.floor(-Math.log(random()) / Math.log(3)))] as RefusalReason
}

function wayFrom(random: () => number): Way {
  let left = random()
  for (const [way, part] of WAY_PARTS) {
    if (left < part) return way
    left -= part
  }
  return WAYS[0]
}

export interface MadePassage {
  readonly estateId: string
  readonly record: PlacedRecord<'passage.v2'>
}

/** Passages of a city, oldest first, the same for the same number. */
export function* passages(rows: number): Generator<MadePassage> {
  const random = seededRandom(rows).float
  for (let index = 0; index < rows; index++) {
    const estate = Math.floor(random() * random() * ESTATES)
    const rarest = index % Math.ceil(rows / 5) === 7
    const refused = rarest || random() < 0.18
    const way = wayFrom(random)
    const known = !refused || random() < 0.3
    const hand = way === 'guard' || way === 'remote'
    const reason = !refused ? null : rarest ? RAREST : reasonFrom(random)
    const body: RecordOf<'passage.v2'> = {
      kind: 'passage.v2', recordId: id(7, index), occurredAtMs: FIRST_MS + Math.floor((index / rows) * DAYS * DAY_MS), monoMs: index, bootId: id(8, 1),
      passageId: id(9, index), gateId: gateOf(Math.floor(random() * GATES_PER_ESTATE)), deviceId: hand ? null : 'cam-1', seenId: null, way,
      direction: random() < 0.8 ? 'in' : 'out', result: refused ? 'refused' : 'granted', reason, remarks: [],
      personRef: known ? personOf(estate, Math.floor(random() * PERSONS_PER_ESTATE)) : null, permitId: refused ? null : id(6, estate), credentialId: null, visitId: null,
      operatorRef: hand ? id(5, 1) : null, override: hand ? 'visitor' : null, score: way === 'face' ? 0.71 : null, margin: way === 'face' ? 0.3 : null,
      threshold: way === 'face' ? 0.5 : null, liveness: way === 'face' ? 0.97 : null, gallerySize: way === 'face' ? 900 : null, modelId: way === 'face' ? 'm1' : null,
      ageMs: 120, waitMs: 200 + Math.floor(random() * 2_000), attempts: 1 + Math.floor(random() * 3), timings: { decode: 3.2, detect: 38.1, embed: 41.7, match: 0.4 },
    }
    yield { estateId: estateOf(estate), record: { place: { gatewayId: id(3, estate), epoch: 1, seq: index + 1 }, body } }
  }
}

export const LAST_MS = FIRST_MS + DAYS * DAY_MS
