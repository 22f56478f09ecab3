import { Type } from 'typebox'
import { failSim } from '../errors.js'
import type { Login } from './logins.js'
import { createCall } from './server-api.js'

const Anything = Type.Unknown()
const Terms = Type.Object({ terms: Type.Union([Type.Null(), Type.Object({})]) })
const FROM = '2020-01-01'
/** Codes that mean nothing, in the places of those that the treasury gives. */
const EXAMPLE = {
  mode: 'agency', treasuryCode: '0000000000', collectorCode: '000000', unitCode: '000001', unitName: '示例住房保障中心', itemCode: '1030706', itemName: '公共租赁住房租金收入（示例）',
  budgetLevel: '市级', bankAccount: 'example-1', receiptPlace: '000001001', receiptBatch: '44070126', receiptName: '非税收入统一票据（电子，示例）',
}

/** How each estate hands over to the treasury, as its officer would set it: without it no receipt is given. Done once. */
export async function ensureTreasuryTerms(deps: { origin: string; logins: readonly Login[] }, estateIds: readonly string[]): Promise<void> {
  const officer = deps.logins.find(({ grants }) => grants.some(({ role }) => role === 'treasury-officer'))
  if (officer === undefined) throw failSim('SIM_DEMO_DATA', { reason: 'no login has the role treasury-officer' })
  const call = createCall(deps)
  await call('POST', '/api/auth/login', Anything, { loginName: officer.loginName, password: officer.password })
  for (const estateId of estateIds) {
    const { terms } = await call('GET', `/api/treasury/terms?estateId=${estateId}&date=${FROM}`, Terms)
    if (terms === null) await call('PUT', `/api/estates/${estateId}/treasury-terms/${FROM}`, Anything, EXAMPLE)
  }
}
