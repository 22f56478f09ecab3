import { Type, type Static, type TSchema } from 'typebox'

/** One request; the answer is checked. */
export type Call = <Schema extends TSchema>(method: string, path: string, answer: Schema, body?: object) => Promise<Static<Schema>>

const Text = Type.String()
const Held = Type.Object({ credentials: Type.Array(Type.Object({ kind: Text })) })
const CredentialId = Type.Object({ credentialId: Text })
const NewPin = Type.Object({ number: Text, pin: Text })
const Code = Type.Object({ code: Text })
const Schedules = Type.Object({ schedules: Type.Array(Type.Object({ scheduleId: Text })) })
const Days = Type.Array(Type.Unknown())
const HolidayYear = Type.Object({ days: Days, offered: Type.Union([Type.Null(), Type.Object({ source: Text, days: Days })]) })

/** What the demo asks about times, ways in without a face, and visitors. */
export interface PassCalls {
  scheduleIds(estateId: string): Promise<string[]>
  putSchedule(estateId: string, scheduleId: string, schedule: object): Promise<void>
  /** Takes the table over that the server ships, where the year has none. */
  takeOverHolidays(year: number): Promise<void>
  /** Kinds of credential that the person has now. */
  heldKinds(personRef: string): Promise<string[]>
  issueCard(card: { personRef: string; number: string }): Promise<void>
  /** Has the server make up a PIN, in place of one that the person had. */
  setPin(personRef: string): Promise<{ number: string; pin: string }>
  registerPhone(phone: { personRef: string; name: string; publicKey: string }): Promise<string>
  /** @returns the content of the code */
  issuePrinted(personRef: string): Promise<string>
  /** @returns the content of the visitor's code */
  createVisit(visit: object): Promise<string>
}

export function passCalls(call: Call): PassCalls {
  const Anything = Type.Unknown()
  return {
    scheduleIds: async (estateId) => (await call('GET', `/api/estates/${estateId}/schedules`, Schedules)).schedules.map((schedule) => schedule.scheduleId),
    putSchedule: async (estateId, scheduleId, schedule) => void (await call('PUT', `/api/estates/${estateId}/schedules/${scheduleId}`, Anything, schedule)),
    async takeOverHolidays(year) {
      const { days, offered } = await call('GET', `/api/holidays/${year}`, HolidayYear)
      if (days.length === 0 && offered !== null) await call('PUT', `/api/holidays/${year}`, Anything, { source: offered.source, days: offered.days })
    },
    heldKinds: async (personRef) => (await call('GET', `/api/credentials?personRef=${personRef}`, Held)).credentials.map((credential) => credential.kind),
    issueCard: async (card) => void (await call('POST', '/api/credentials/cards', Anything, card)),
    async setPin(personRef) {
      const { number, pin } = await call('POST', '/api/credentials/pins', NewPin, { personRef })
      return { number, pin }
    },
    registerPhone: async (phone) => (await call('POST', '/api/credentials/phones', CredentialId, phone)).credentialId,
    issuePrinted: async (personRef) => (await call('POST', '/api/credentials/printed', Code, { personRef })).code,
    createVisit: async (visit) => (await call('POST', '/api/visits', Code, visit)).code,
  }
}
