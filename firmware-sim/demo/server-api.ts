import { Type, type Static, type TSchema } from 'typebox'
import { parseJson } from '#contract/codec.js'
import { failSim } from '../errors.js'
import type { PlannedEstate, PlannedGate } from './demo-plan.js'
import type { Login } from './logins.js'
import { type Call, type PassCalls, passCalls } from './server-pass-api.js'

const Text = Type.String()
const TextOrNull = Type.Union([Type.Null(), Text])
const MsOrNull = Type.Union([Type.Null(), Type.Number()])
/** Only what the demo reads of the answers. */
const LoginNames = Type.Object({ users: Type.Array(Type.Object({ loginName: Text })) })
const EstateIds = Type.Object({ estates: Type.Array(Type.Object({ estateId: Text })) })
const Persons = Type.Object({ persons: Type.Array(Type.Object({ personRef: Text, displayName: Text })), next: TextOrNull })
const PersonRef = Type.Object({ personRef: Text })
const Notices = Type.Object({ notices: Type.Array(Type.Object({ version: Text, purpose: Text })) })
const Consents = Type.Object({ consents: Type.Array(Type.Object({ consentId: Text, endedAtMs: MsOrNull })) })
const ConsentId = Type.Object({ consentId: Text })
const Permits = Type.Object({ permits: Type.Array(Type.Object({ gateIds: Type.Array(Text), endedAtMs: MsOrNull })) })
const Buildings = Type.Object({ buildings: Type.Array(Type.Object({ buildingId: Text, name: Text })) })
const BuildingId = Type.Object({ buildingId: Text })
const Units = Type.Object({ units: Type.Array(Type.Object({ unitId: Text, label: Text })) })
const UnitId = Type.Object({ unitId: Text })
const Households = Type.Object({ households: Type.Array(Type.Object({ householdNo: Text })) })
const Gateway = Type.Object({ gatewayId: Text, claimToken: Text })
export const Integrity = Type.Object({
  gateways: Type.Array(Type.Object({
    gatewayId: Text, estateId: Text,
    epochs: Type.Array(Type.Object({
      epoch: Type.Integer(), contiguousSeq: Type.Integer(), headSeq: Type.Integer(), duplicates: Type.Integer(),
      missing: Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer() })),
      chain: Text,
    })),
  })),
})
export type Integrity = Static<typeof Integrity>

export interface ServerApi extends PassCalls {
  login(loginName: string, password: string): Promise<void>
  userNames(): Promise<string[]>
  createUser(login: Login): Promise<void>
  estateIds(): Promise<string[]>
  createEstate(estate: PlannedEstate): Promise<void>
  putGate(estateId: string, gate: PlannedGate): Promise<void>
  createGateway(estateId: string, name: string): Promise<Static<typeof Gateway>>
  /** The person of this exact name, undefined where there is none. */
  findPerson(estateId: string, displayName: string): Promise<string | undefined>
  createPerson(person: { estateId: string; displayName: string; birthDate: string; unitLabel: string }): Promise<string>
  setPhone(personRef: string, phone: string): Promise<void>
  noticeVersion(): Promise<string>
  activeConsent(personRef: string): Promise<string | undefined>
  createConsent(consent: { personRef: string; noticeVersion: string; guardianRef: null; expiresAtMs: number }): Promise<string>
  /** Gates of the person's permits that nobody ended. */
  activePermitGates(personRef: string): Promise<string[]>
  /** Ids by name. */
  buildings(estateId: string): Promise<Map<string, string>>
  createBuilding(building: { estateId: string; name: string; floors: number }): Promise<string>
  /** Ids by building and room. */
  units(estateId: string): Promise<Map<string, string>>
  createUnit(unit: {
    estateId: string; buildingId: string; floor: number; roomNo: string; areaCentiM2: number; layout: string; hasElevator: boolean
  }): Promise<string>
  /** Of all households that live or lived there. */
  householdNos(estateId: string): Promise<string[]>
  moveIn(entry: {
    estateId: string; unitId: string; householdNo: string; leaseNo: string; fromDate: string; untilDate: string
    members: Array<{ role: 'head' | 'spouse'; personRef: string }>
  }): Promise<void>
  createPermit(permit: { personRef: string; gateIds: string[]; validFromMs: number; validUntilMs: number }): Promise<void>
  integrity(): Promise<Integrity>
}

const REQUEST_MS = 30_000

/**
 * One client of the server's own HTTP interface: it keeps its session.
 * @throws AppError SIM_DEMO_API from every call, with path, status and the server's code
 */
export function createCall(deps: { origin: string }): Call {
  let cookie = ''

  return async <Schema extends TSchema>(method: string, path: string, answer: Schema, body?: object): Promise<Static<Schema>> => {
    const headers: Record<string, string> = { 'x-requested-with': 'smart-estates', cookie }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const request = fetch(`${deps.origin}${path}`, { method, headers, signal: AbortSignal.timeout(REQUEST_MS), ...content })
    const response = await request.catch((cause: unknown) => {
      throw failSim('SIM_DEMO_API', { method, path, reason: 'no answer' }, cause)
    })
    const text = await response.text()
    if (!response.ok) throw failSim('SIM_DEMO_API', { method, path, status: response.status, body: text.slice(0, 500) })
    const session = response.headers.getSetCookie().find((set) => set.startsWith('sid='))
    if (session !== undefined) cookie = session.split(';', 1)[0] ?? ''
    const parsed = parseJson<Static<Schema>>(answer, text === '' ? 'null' : text)
    if (!parsed.ok) throw failSim('SIM_DEMO_API', { method, path, reason: parsed.error })
    return parsed.value
  }
}

/** The server's own HTTP interface as an administrator uses it. @throws as `createCall` */
export function createServerApi(deps: { origin: string }): ServerApi {
  const call = createCall(deps)
  const query = (params: Record<string, string>): string => `?${new URLSearchParams(params).toString()}`
  const Anything = Type.Unknown()
  return {
    login: async (loginName, password) => void (await call('POST', '/api/auth/login', Anything, { loginName, password })),
    userNames: async () => (await call('GET', '/api/users', LoginNames)).users.map((user) => user.loginName),
    createUser: async (login) => void (await call('POST', '/api/users', Anything, login)),
    estateIds: async () => (await call('GET', '/api/estates', EstateIds)).estates.map((estate) => estate.estateId),
    createEstate: async ({ estateId, name, district }) =>
      void (await call('POST', '/api/estates', Anything, { estateId, name, district })),
    putGate: async (estateId, { gateId, ...gate }) =>
      void (await call('PUT', `/api/estates/${estateId}/gates/${gateId}`, Anything, gate)),
    createGateway: (estateId, name) => call('POST', '/api/gateways', Gateway, { estateId, name }),
    async findPerson(estateId, displayName) {
      const { persons } = await call('GET', `/api/persons${query({ estateId, q: displayName })}`, Persons)
      return persons.find((person) => person.displayName === displayName)?.personRef
    },
    createPerson: async (person) => (await call('POST', '/api/persons', PersonRef, person)).personRef,
    setPhone: async (personRef, phone) => void (await call('PUT', `/api/persons/${personRef}/phone`, Anything, { phone })),
    async noticeVersion() {
      const { notices } = await call('GET', '/api/consent-notices', Notices)
      const version = notices.find((notice) => notice.purpose === 'face-access')?.version
      if (version === undefined) throw failSim('SIM_DEMO_API', { path: '/api/consent-notices', reason: 'no notice for face-access' })
      return version
    },
    async activeConsent(personRef) {
      const { consents } = await call('GET', `/api/consents${query({ personRef })}`, Consents)
      return consents.find((consent) => consent.endedAtMs === null)?.consentId
    },
    createConsent: async (consent) => (await call('POST', '/api/consents', ConsentId, consent)).consentId,
    async activePermitGates(personRef) {
      const { permits } = await call('GET', `/api/permits${query({ personRef })}`, Permits)
      return permits.filter((permit) => permit.endedAtMs === null).flatMap((permit) => permit.gateIds)
    },
    buildings: async (estateId) =>
      new Map((await call('GET', `/api/buildings${query({ estateId })}`, Buildings)).buildings.map((building) => [building.name, building.buildingId])),
    createBuilding: async (building) => (await call('POST', '/api/buildings', BuildingId, building)).buildingId,
    units: async (estateId) => new Map((await call('GET', `/api/units${query({ estateId })}`, Units)).units.map((unit) => [unit.label, unit.unitId])),
    createUnit: async (unit) => (await call('POST', '/api/units', UnitId, unit)).unitId,
    householdNos: async (estateId) =>
      (await call('GET', `/api/households${query({ estateId, limit: '200' })}`, Households)).households.map((household) => household.householdNo),
    moveIn: async (entry) => void (await call('POST', '/api/households', Anything, entry)),
    createPermit: async (permit) => void (await call('POST', '/api/permits', Anything, permit)),
    ...passCalls(call),
    integrity: () => call('GET', '/api/integrity', Integrity),
  }
}
