import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock.js'
import type { PlannedEstate, PlannedPerson } from './demo-plan.js'
import type { DemoPaths, StateFile } from './demo-state.js'
import type { Login } from './logins.js'
import { ensureHouseholds } from './provision-households.js'
import { ensureTimes, ensureWays } from './provision-ways.js'
import type { ServerApi } from './server-api.js'

export interface ProvisionDeps {
  readonly api: ServerApi
  readonly state: StateFile
  readonly paths: DemoPaths
  readonly clock: Clock
}

const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS

/** Adds the example users that are not there yet. */
export async function ensureUsers(api: ServerApi, logins: readonly Login[]): Promise<void> {
  const known = await api.userNames()
  for (const login of logins) if (!known.includes(login.loginName)) await api.createUser(login)
}

/** Where a gateway finds its one-time token. */
export const claimTokenFile = (paths: DemoPaths, estateId: string): string => join(paths.estateDir(estateId), 'claim.token')

async function ensureGateway({ api, state, paths }: ProvisionDeps, estate: PlannedEstate): Promise<void> {
  const known = state.estate(estate.estateId)
  const file = claimTokenFile(paths, estate.estateId)
  if (known.gatewayId !== undefined && existsSync(file)) return
  mkdirSync(paths.estateDir(estate.estateId), { recursive: true, mode: 0o700 })
  const { gatewayId, claimToken } = await api.createGateway(estate.estateId, `${estate.name} 边缘网关`)
  writeFileSync(file, `${claimToken}\n`, { mode: 0o600 })
  known.gatewayId = gatewayId
  state.save()
}

/**
 * What is in the state file was made once and is left as people changed it since: a consent withdrawn on the page
 * stays withdrawn. What is not in it is looked up first, in case the last run was killed between making and noting.
 */
async function ensurePerson(deps: ProvisionDeps, estate: PlannedEstate, person: PlannedPerson, noticeVersion: string): Promise<string> {
  const { api, state, clock } = deps
  const { estateId } = estate
  const { displayName, birthDate, unitLabel, faceId, phone } = person
  const known = state.person(estateId, faceId)
  const personRef = known.personRef ??= await api.findPerson(estateId, displayName)
    ?? await api.createPerson({ estateId, displayName, birthDate, unitLabel })
  if (known.phone === undefined) await api.setPhone(personRef, phone)
  known.phone ??= phone
  state.save()
  const nowMs = clock.wallMs()
  known.consentId ??= await api.activeConsent(personRef)
    ?? await api.createConsent({ personRef, noticeVersion, guardianRef: null, expiresAtMs: nowMs + YEAR_MS })
  state.save()
  const permitted = known.permitGates ??= await api.activePermitGates(personRef)
  const gateIds = person.gateIds.filter((gateId) => !permitted.includes(gateId))
  if (gateIds.length === 0) return personRef
  await api.createPermit({ personRef, gateIds, validFromMs: nowMs - DAY_MS, validUntilMs: nowMs + YEAR_MS })
  permitted.push(...gateIds)
  state.save()
  return personRef
}

/** Brings one estate's register to its plan: estate, times, gates, gateway, persons with consent, households and ways in. */
export async function ensureEstate(deps: ProvisionDeps, estate: PlannedEstate): Promise<void> {
  const { api } = deps
  if (!(await api.estateIds()).includes(estate.estateId)) await api.createEstate(estate)
  await ensureTimes(deps, estate.estateId)
  for (const gate of estate.gates) await api.putGate(estate.estateId, gate)
  await ensureGateway(deps, estate)
  const noticeVersion = await api.noticeVersion()
  const refs = new Map<string, string>()
  for (const person of estate.persons) refs.set(person.faceId, await ensurePerson(deps, estate, person, noticeVersion))
  await ensureHouseholds(deps, estate, (faceId) => refs.get(faceId) ?? '')
  await ensureWays(deps, estate)
}
