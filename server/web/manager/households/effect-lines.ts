import type { MoveEffects } from '../../kit/api/household-types.js'
import { dayText } from '../../kit/format.js'
import { type Phrase, phrase } from '../../kit/words/phrase.js'

/** What a move does, as sentences. */
export interface EffectLines {
  readonly leases: readonly Phrase[]
  readonly people: ReadonlyArray<{ readonly text: Phrase; readonly consents: number; readonly leaves: boolean }>
  readonly passes: readonly Phrase[]
}

/** A pass that ends at a midnight is good up to the day before. */
const lastDay = (validUntilMs: number): string => dayText(validUntilMs - 1)

function personText(person: MoveEffects['people'][number]): Phrase {
  const { what, displayName: name, lastDate } = person
  if (what !== 'leaves') return phrase(`move.${what}`, { name })
  return lastDate === null ? phrase('move.leavesNow', { name }) : phrase('move.leaves', { name, date: lastDate })
}

type PassEffect = MoveEffects['passes'][number]

/** One permit that takes another's place without a gap reads as one that changes. */
function joined(passes: readonly PassEffect[]): PassEffect[] {
  const follows = (begun: PassEffect): PassEffect | undefined =>
    passes.find((ended) => ended.what === 'ends' && ended.personRef === begun.personRef && begun.validFromMs <= ended.validUntilMs && ended.validFromMs <= begun.validUntilMs)
  const replaced = new Set(passes.filter((pass) => pass.what === 'begins').map(follows))
  return passes.filter((pass) => !replaced.has(pass)).map((pass) => (pass.what === 'begins' && follows(pass) !== undefined ? { ...pass, what: 'changes' } : pass))
}

/** @param list names of gates in the reader's way */
export function effectLines(effects: MoveEffects, list: (names: readonly string[]) => string): EffectLines {
  const order = { joins: 0, leaves: 1, stays: 2 } as const
  return {
    leases: effects.leases.map(({ what, unitLabel: unit, fromDate: from, untilDate: until, leaseNo: no }) =>
      phrase({ begins: 'move.leaseBegins', ends: 'move.leaseEnds', voided: 'move.leaseVoided' }[what], { unit, from, until, no })),
    people: [...effects.people].sort((a, b) => order[a.what] - order[b.what])
      .map((person) => ({ text: personText(person), consents: person.consents, leaves: person.what === 'leaves' })),
    passes: joined(effects.passes).map(({ what, displayName: name, gates, validFromMs, validUntilMs }) =>
      phrase({ begins: 'move.passBegins', changes: 'move.passChanges', ends: 'move.passEnds' }[what], {
        name, gates: list(gates.map((gate) => gate.name)), from: dayText(validFromMs), until: lastDay(validUntilMs),
      })),
  }
}
