import { Type } from 'typebox'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'

/** A line of text for people: no control characters, and not only blanks. */
const Line = (charsMin: number) => Type.String({ minLength: charsMin, maxLength: 64, pattern: charsMin > 0 ? '^(?=.*\\S)[^\\p{Cc}]*$' : '^[^\\p{Cc}]*$' })
const BirthDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })

const Person = Closed({ personRef: UuidText, estateId: Slug, displayName: Type.String(), birthDate: Type.String(), unitLabel: Type.String() })
export const PersonBody = Closed({ estateId: Slug, displayName: Line(1), birthDate: BirthDate, unitLabel: Line(0) })
export const NewPerson = Closed({ personRef: UuidText })
export const PhoneBody = Closed({ phone: Type.Union([Type.Null(), Type.String({ minLength: 1, maxLength: 32, description: 'Mainland mobile number; null takes it away' })]) })
export const PersonParams = Closed({ personRef: UuidText })
export const PersonQuery = Closed({
  estateId: Type.Optional(Slug),
  /** Without the wildcards of SQL, which would match everybody. */
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 64, pattern: '^[^%_\\\\]*$', description: 'Part of a name, or the beginning of a flat' })),
  after: Type.Optional(Type.String({ maxLength: 600, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Persons in a page; 50 without it' })),
})
export const PersonList = Closed({ persons: Type.Array(Person), next: Type.Union([Type.String(), Type.Null()]) })
export const RemovedPerson = Closed({ permitsEnded: Type.Integer(), consentsEnded: Type.Integer() })
