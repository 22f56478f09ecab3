import { Type } from 'typebox'
import type { Clock } from '#kernel/clock.js'
import { failSim } from '../errors.js'
import type { Login } from './logins.js'
import { createCall } from './server-api.js'
import type { Call } from './server-pass-api.js'

const Text = Type.String()
const Anything = Type.Unknown()
const Policies = Type.Object({ policies: Type.Array(Anything) })
const Runs = Type.Object({ runs: Type.Array(Type.Object({ runId: Text, period: Text, state: Text })) })
const Run = Type.Object({ runId: Text, figures: Type.Object({ bills: Type.Integer() }) })
const Bills = Type.Object({ bills: Type.Array(Type.Object({ householdId: Text })) })
const Relief = Type.Object({ reliefId: Text })

const CHINA_OFFSET_MS = 8 * 3_600_000
/** Examples, all of them: no table of Jiangmen's rents was published. Fen by m² and month. */
const PRICES = { 'minimum-living': 100, 'low-income': 280, 'lower-middle': 560, 'market': 1_400 }
const POLICY = {
  cycle: 'month', dueDay: 25, dueMonthOffset: 0, graceDays: 10, dayBasis: 'calendar', tierChange: 'by-days', standardAreaCentiM2: 6_000, reduceOverArea: false,
  tierWithoutCertificate: 'lower-middle', lateDailyPartsPerMillion: 100, lateCapPartsPerMillion: 300_000, yearlyLossPartsPerMillion: 30_000, depositMonthsMax: 3,
  paidFromPartsPerMillion: 500_000, redMonths: 6,
}

const monthOf = (ms: number, monthsBefore: number): string => {
  const date = new Date(ms + CHINA_OFFSET_MS)
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - monthsBefore)
  return date.toISOString().slice(0, 7)
}

interface Two {
  readonly maker: Call
  readonly checker: Call
}

async function ensureTerms({ maker }: Two, estateId: string): Promise<void> {
  if ((await maker('GET', `/api/billing-policies?estateId=${estateId}`, Policies)).policies.length > 0) return
  for (const [tier, priceFen] of Object.entries(PRICES)) {
    await maker('POST', '/api/rent-standards', Anything, {
      estateId, buildingId: null, tier, basis: 'area', priceFen, overPriceFen: priceFen * 2, fromDate: '2020-01-01', untilDate: null, approvalNo: '示例文号', example: true,
    })
  }
  await maker('PUT', `/api/estates/${estateId}/billing-policies/2020-01-01`, Anything, POLICY)
}

/** @returns whether there was one to issue: an issued month stays as it is */
async function ensureIssued({ maker, checker }: Two, estateId: string, period: string): Promise<boolean> {
  const { runs } = await maker('GET', `/api/billing-runs?estateId=${estateId}`, Runs)
  if (runs.some((run) => run.period === period && run.state === 'issued')) return false
  const run = await maker('POST', '/api/billing-runs', Run, { estateId, period })
  if (run.figures.bills > 0) await checker('POST', `/api/billing-runs/${run.runId}/issue`, Anything, {})
  return run.figures.bills > 0
}

/** One household with a certificate and an approved reduction, so that a bill has lines to explain. */
async function grantRelief({ maker, checker }: Two, estateId: string, fromMonth: string): Promise<void> {
  const householdId = (await maker('GET', `/api/bills?estateId=${estateId}&limit=1`, Bills)).bills[0]?.householdId
  if (householdId === undefined) return
  const span = { fromDate: `${fromMonth}-01`, untilDate: `${Number(fromMonth.slice(0, 4)) + 1}-12-31` }
  await maker('POST', `/api/households/${householdId}/tier-certificates`, Anything, { certificateNo: '示例证书', tier: 'low-income', ...span })
  const { reliefId } = await maker('POST', `/api/households/${householdId}/rent-reliefs`, Relief, { kind: 'reduction', value: 200_000, reason: '示例减免', ...span })
  await checker('POST', `/api/rent-reliefs/${reliefId}/decision`, Anything, { approvalNo: '示例批文' })
}

/** Example terms of rent, and the bills of the last month and this one, as two finance officers would make them. */
export async function ensureBills(deps: { origin: string; logins: readonly Login[]; clock: Clock }, estateIds: readonly string[]): Promise<void> {
  const as = async (role: string): Promise<Call> => {
    const login = deps.logins.find(({ grants }) => grants.some((grant) => grant.role === role))
    if (login === undefined) throw failSim('SIM_DEMO_DATA', { reason: `no login has the role ${role}` })
    const call = createCall(deps)
    await call('POST', '/api/auth/login', Anything, { loginName: login.loginName, password: login.password })
    return call
  }
  const two: Two = { maker: await as('finance-maker'), checker: await as('finance-checker') }
  const [before, now] = [monthOf(deps.clock.wallMs(), 1), monthOf(deps.clock.wallMs(), 0)]
  for (const estateId of estateIds) {
    await ensureTerms(two, estateId)
    if (await ensureIssued(two, estateId, before)) await grantRelief(two, estateId, now)
    await ensureIssued(two, estateId, now)
  }
}
