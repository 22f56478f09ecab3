import type { Tx } from '../db/transaction.js'
import type { CivilDate } from '../household/civil-date-rules.js'
import { headsOf } from '../household/household-register.js'
import { maskedPhone } from '../resident/contact-rules.js'
import { activePersons, phonesOf } from '../resident/person-register.js'

export type Names = 'masked' | 'clear'

/** `张小明` → `张*`: the family name, and that there is more. */
const maskedName = (name: string): string => `${[...name][0] ?? ''}*`

export interface Head {
  readonly name: string
  readonly phone: string
}

/** Head of each household with a phone number, as far as the register still has them. */
export async function headNames(read: Tx, householdIds: readonly string[], date: CivilDate, names: Names): Promise<Map<string, Head>> {
  const heads = await headsOf(read, householdIds, date)
  const personRefs = [...new Set(heads.values())]
  const [persons, phones] = await Promise.all([activePersons(read, personRefs), phonesOf(read, personRefs)])
  const nameOf = new Map(persons.map((person) => [person.personRef, person.displayName]))
  return new Map([...heads].map(([householdId, personRef]) => {
    const [name, phone] = [nameOf.get(personRef) ?? '', phones.get(personRef) ?? '']
    const masked = { name: name === '' ? '' : maskedName(name), phone: phone === '' ? '' : maskedPhone(phone) }
    return [householdId, names === 'clear' ? { name, phone } : masked]
  }))
}
