import { SAME_FACE_MIN, featureOf, similarity } from './face-feature.js'
import type { KeptRecord, ListedPerson, TerminalFlash } from './terminal-flash.js'

/** What the terminal made of whoever stood before it. */
export interface Seen {
  readonly outcome: 'opened' | 'refused' | 'stranger' | 'no-face'
  readonly customId: string | null
  /** Number of the record. */
  readonly recordId: number | null
}

export interface Recognition {
  show(picture: Uint8Array): Promise<Seen>
  counts(): { recognised: number; strangers: number; doorsOpened: number }
}

/** A picture as terminals attach it. The content is made up: what matters is that it is there and large. */
const PIC = `data:image/jpeg;base64,${Buffer.alloc(6_000, 0x5a).toString('base64')}`

export function createRecognition(deps: {
  terminalId: string; flash: TerminalFlash; now: () => number; wallMs: () => number; localTime: (wallMs: number) => string; offer: (record: KeptRecord) => void
}): Recognition {
  const { terminalId, flash, now, wallMs, localTime, offer } = deps
  const counts = { recognised: 0, strangers: 0, doorsOpened: 0 }

  const best = (feature: Uint8Array): { person: ListedPerson; score: number } | undefined => flash.people()
    .map((person) => ({ person, score: similarity(Buffer.from(person.feature, 'base64'), feature) }))
    .filter(({ score }) => score >= SAME_FACE_MIN).sort((one, other) => other.score - one.score)[0]
  const isInTime = ({ validBegin, validEnd }: ListedPerson): boolean => {
    const time = localTime(now())
    return (validBegin ?? '') <= time && time <= (validEnd ?? '9999')
  }

  return {
    counts: () => ({ ...counts }),
    async show(picture) {
      const feature = await featureOf(picture)
      if (feature === undefined) return { outcome: 'no-face', customId: null, recordId: null }
      const found = best(feature)
      const common = { facesluiceId: terminalId, time: localTime(now()), isNoMask: 0, PushType: 0, targetPosInScene: [217, 0, 1333, 1080], pic: PIC }
      if (found === undefined) {
        counts.strangers += 1
        const kept = flash.keep((id) => ({ type: 'snap', id, info: common, atWallMs: wallMs() }), 'snap')
        offer(kept)
        return { outcome: 'stranger', customId: null, recordId: kept.id }
      }
      const { person, score } = found
      const isAllowed = person.personType === 0 && isInTime(person)
      const info = {
        ...common, customId: person.customId, personId: 1, VerifyStatus: isAllowed ? 1 : 2, PersonType: person.personType,
        similarity1: `${(score * 100).toFixed(6)}`, personName: person.name, idCard: '', telnum: '',
      }
      const kept = flash.keep((id) => ({ type: 'rec', id, info, atWallMs: wallMs() }), 'rec')
      counts.recognised += 1
      if (isAllowed) counts.doorsOpened += 1
      offer(kept)
      return { outcome: isAllowed ? 'opened' : 'refused', customId: person.customId, recordId: kept.id }
    },
  }
}
