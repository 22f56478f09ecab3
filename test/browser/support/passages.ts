import type { RandomSource } from '#kernel/random.js'
import type { AccessLogItem } from '../../../server/web/kit/api/types.js'
import type { World } from './world.js'

export interface PassagePlace {
  /** Counts passages: makes the id, the seq and the kind of outcome. */
  readonly index: number
  readonly occurredAtMs: number
}

const REFUSALS = ['not-recognised', 'not-live', 'outside-validity', 'no-face', 'face-too-small', 'ambiguous', 'no-permit', 'stale-frame', 'controller-offline', 'many-faces']
const NAMED = new Set(['outside-validity', 'no-permit', 'controller-offline', 'stale-frame'])
const NO_SCORE = new Set(['no-face', 'face-too-small', 'many-faces', 'not-live'])

const id = (index: number): string => `01940009-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
const round = (value: number, digits = 3): number => Number(value.toFixed(digits))

/** One passage as the server tells it: every fifth is a refusal, every eleventh grant found a silent door, some came by card or were let in by hand. */
export function makePassage(world: World, random: RandomSource, place: PassagePlace): AccessLogItem {
  const { index } = place
  const gate = world.gates[Math.floor(random.float() * world.gates.length)] as World['gates'][number]
  const locals = world.persons.filter((person) => person.estateId === gate.estateId)
  const person = locals[Math.floor(random.float() * locals.length)]
  const granted = index % 5 !== 2
  const reason = granted ? null : (REFUSALS[Math.floor(index / 5) % REFUSALS.length] as string)
  const known = granted || NAMED.has(reason ?? '')
  const byHand = granted && index % 23 === 6
  const byCard = granted && index % 9 === 4
  const byFace = !byHand && !byCard
  const scored = byFace && !NO_SCORE.has(reason ?? '')
  const silent = granted && index % 11 === 7
  const ms = (base: number): number => round(base * (0.8 + random.float() * 0.5), 1)
  return {
    passageId: id(index), estateId: gate.estateId, gateId: gate.gateId, gateName: gate.name, deviceId: byHand ? null : `${byCard ? 'reader' : 'cam'}-${gate.gateId.slice(5)}`,
    way: byHand ? 'guard' : byCard ? 'card' : 'face', direction: index % 4 === 3 ? 'out' : 'in',
    result: granted ? 'granted' : 'refused', reason,
    remarks: index % 37 === 8 ? ['late-report'] : [], operatorRef: byHand ? '01940004-0000-7000-8000-000000000002' : null, operatorName: byHand ? '保安亭' : null,
    override: byHand ? 'delivery' : null, waitMs: ms(900), attempts: 1 + (index % 3), credentialId: null, visitId: null,
    personRef: known && !byHand ? (person?.personRef ?? null) : null, personName: known && !byHand && index % 41 !== 40 ? (person?.displayName ?? null) : null,
    score: scored ? round(known ? 0.62 + random.float() * 0.25 : 0.2 + random.float() * 0.2) : null,
    margin: scored ? round(reason === 'ambiguous' ? 0.012 : 0.2 + random.float() * 0.2) : null,
    threshold: scored ? 0.52 : null, liveness: !byFace || reason === 'no-face' ? null : round(reason === 'not-live' ? 0.21 : 0.93 + random.float() * 0.06),
    gallerySize: byFace ? 128 : null, ageMs: reason === 'stale-frame' ? 2_310 : ms(160),
    timings: { queue: ms(4), decode: ms(9), detect: ms(38), landmark: ms(11), quality: ms(2), liveness: ms(24), ...(scored ? { embed: ms(31), match: ms(0.4) } : {}), decide: ms(0.3), commit: ms(6) },
    occurredAtMs: place.occurredAtMs, gatewayId: world.gateways.find((gateway) => gateway.estateId === gate.estateId)?.gatewayId ?? '',
    epoch: 1, seq: 48_211 - index * 3, permitId: known && reason !== 'no-permit' ? `01940008-0000-7000-8000-${(index % 97).toString(16).padStart(12, '0')}` : null,
    commandOutcome: granted ? (silent ? 'no-answer' : 'executed') : null, commandReason: null, commandLatencyMs: granted && !silent ? ms(210) : null,
  }
}
