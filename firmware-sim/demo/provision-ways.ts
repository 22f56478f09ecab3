import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { WalletEntry } from '../reader/reader-entry.js'
import type { PlannedEstate, PlannedPerson } from './demo-plan.js'
import type { ProvisionDeps } from './provision-server.js'

const HOUR_MS = 3_600_000
const VISIT_HOURS = 6 * 24
const VISIT_PASSAGES = 1_000
const CARER_DAYS = 90
const YEAR = 2026
/** Every day: the demo's carer comes whenever somebody looks. */
const CARER_TIMES = {
  name: '护理时段',
  weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '06:00', until: '23:00' }],
  onHolidays: [{ from: '08:00', until: '20:00' }],
}
const OFFICE_TIMES = { name: '工作时间', weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:30', until: '17:30' }], onHolidays: [] }

/** The phone's own key, made once; the server gets the public half. */
function phoneFiles(folder: string): { keyFile: string; publicKey: string } {
  const keyFile = join(folder, 'phone.pem')
  if (!existsSync(keyFile)) {
    mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  }
  const publicKey = createPublicKey(readFileSync(keyFile, 'utf8')).export({ type: 'spki', format: 'der' }).toString('base64')
  return { keyFile, publicKey }
}

/** Gives a resident the way in that the plan names; a card that the resident has already is the same one. */
async function walletOf({ api, paths }: ProvisionDeps, estateId: string, person: PlannedPerson, personRef: string): Promise<WalletEntry> {
  const { way } = person
  if (way.kind === 'card') {
    if (!(await api.heldKinds(personRef)).includes('card')) await api.issueCard({ personRef, number: way.number })
    return { way: 'card', number: way.number }
  }
  if (way.kind === 'pin') return { way: 'pin', ...await api.setPin(personRef) }
  if (way.kind === 'printed') return { way: 'qr', text: await api.issuePrinted(personRef) }
  const { keyFile, publicKey } = phoneFiles(join(paths.estateDir(estateId), 'phones', person.faceId))
  return { way: 'phone', credentialId: await api.registerPhone({ personRef, name: '示例手机', publicKey }), keyFile }
}

async function ensureVisit(deps: ProvisionDeps, estate: PlannedEstate, host: string): Promise<void> {
  const known = deps.state.estate(estate.estateId)
  const nowMs = deps.clock.wallMs()
  const visit = { estateId: estate.estateId, hostPersonRef: host, gateIds: estate.gates.map((gate) => gate.gateId), validFromMs: nowMs }
  if (known.visitor === undefined || known.visitor.untilMs < nowMs + HOUR_MS) {
    const untilMs = nowMs + VISIT_HOURS * HOUR_MS
    const terms = { displayName: '示例访客', purpose: 'visit', validUntilMs: untilMs, scheduleId: null, passagesMax: VISIT_PASSAGES } as const
    known.visitor = { text: await deps.api.createVisit({ ...visit, ...terms }), untilMs }
    deps.state.save()
  }
  if (known.carer !== undefined && known.carer.untilMs >= nowMs + HOUR_MS) return
  const untilMs = nowMs + CARER_DAYS * 24 * HOUR_MS
  const terms = { displayName: '示例护理员', purpose: 'carer', validUntilMs: untilMs, scheduleId: 'care', passagesMax: null } as const
  known.carer = { text: await deps.api.createVisit({ ...visit, ...terms }), untilMs }
  deps.state.save()
}

/** Times of the week and the holidays of the year, where there are none. */
export async function ensureTimes({ api }: ProvisionDeps, estateId: string): Promise<void> {
  const known = await api.scheduleIds(estateId)
  for (const [scheduleId, times] of Object.entries({ care: CARER_TIMES, office: OFFICE_TIMES })) {
    if (!known.includes(scheduleId)) await api.putSchedule(estateId, scheduleId, times)
  }
  await api.takeOverHolidays(YEAR)
}

/** Ways in without a face for every resident of the plan, a visitor and a carer. Each is made once and noted. */
export async function ensureWays(deps: ProvisionDeps, estate: PlannedEstate): Promise<void> {
  const { estateId } = estate
  for (const person of estate.persons) {
    const known = deps.state.person(estateId, person.faceId)
    if (known.personRef === undefined || known.wallet !== undefined) continue
    known.wallet = await walletOf(deps, estateId, person, known.personRef)
    deps.state.save()
  }
  const host = deps.state.person(estateId, estate.persons[0]?.faceId ?? '').personRef
  if (host !== undefined) await ensureVisit(deps, estate, host)
}

/** What the people before the readers of a gate carry. */
export function walletAt(deps: Pick<ProvisionDeps, 'state'>, estate: PlannedEstate, gateId: string): WalletEntry[] {
  const { visitor, carer } = deps.state.estate(estate.estateId)
  const residents = estate.persons.filter((person) => person.gateIds.includes(gateId))
    .flatMap((person) => deps.state.person(estate.estateId, person.faceId).wallet ?? [])
  return [...residents, ...[visitor, carer].flatMap((code) => (code === undefined ? [] : [{ way: 'qr' as const, text: code.text }]))]
}
