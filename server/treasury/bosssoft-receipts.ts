import { readFile, stat } from 'node:fs/promises'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import { type Result, err, ok } from '#kernel/result.js'
import { CHINA_OFFSET_MS } from '#kernel/schedule.js'
import { type ChannelHttp, createChannelHttp } from '../payment/channel/channel-http.js'
import { type BosssoftAccount, type BosssoftAnswer, readAnswer, requestBody } from './bosssoft-wire.js'
import type { IssuedReceipt, ReceiptPlatform, ReceiptProblem, ReceiptRequest } from './receipt-port.js'

export interface BosssoftSettings {
  /** Up to and with `api/standard`. */
  readonly baseUrl: string
  readonly region: string
  readonly deptCode: string
  readonly appId: string
  readonly keyFile: string
  /** 票据种类编码: which kind of receipt, by the platform's own code. */
  readonly billCode: string
  /** 收费员, 开票人. */
  readonly author: string
  readonly timeoutMs: number
}

const ANSWER_BYTES_MAX = 4_194_304
const OTHERS = 0o077
/** 个人; 其他 */
const PAYER_PERSON = '1'
const PAY_CHANNEL_OTHER = '99'
const later = (problem: string): Result<never, ReceiptProblem> => err({ kind: 'later', problem })
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** `yyyyMMddHHmmssSSS` in Beijing. */
function parseCreateTime(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return undefined
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0] = parts
  return Date.UTC(year, month - 1, day, hour, minute, second, ms) - CHINA_OFFSET_MS
}

/** What the platform is told of a receipt (`invoiceEBill`). Amounts are numbers of yuan there. */
const issueContent = (request: ReceiptRequest, { billCode, author }: Pick<BosssoftSettings, 'billCode' | 'author'>): object => ({
  busNo: request.busNo, busDateTime: `${request.busDate}${request.busTime}000`, placeCode: request.placeCode, billCode, payer: request.payer, payerType: PAYER_PERSON,
  payee: author, author, payChannel: PAY_CHANNEL_OTHER, remark: request.remark,
  chargeDetail: request.items.map(({ itemCode, itemName, amt }) => ({ chargeCode: itemCode, chargeName: itemName, std: Number(amt), number: 1, amt: Number(amt) })),
  totalAmt: Number(request.totalAmt),
})

export interface BosssoftReceiptsDeps {
  readonly account: BosssoftAccount
  readonly settings: Pick<BosssoftSettings, 'baseUrl' | 'billCode' | 'author'>
  readonly http: ChannelHttp
  readonly clock: Clock
  readonly ids: IdSource
}

/**
 * Receipts of a 博思 platform. Before anything is asked for it is asked whether it is there: by our business number, and a red one by the
 * receipt that it takes back, so that an answer that was lost makes no second one. Which of the platform's codes are for good is not
 * public: whatever it answers but a receipt is said to staff and asked for again later.
 */
export function createBosssoftReceipts(deps: BosssoftReceiptsDeps): ReceiptPlatform {
  const { account, settings, http, clock, ids } = deps

  const call = async (method: string, content: object): Promise<Result<BosssoftAnswer, ReceiptProblem>> => {
    const body = requestBody(account, content, ids.uuid().replaceAll('-', ''))
    const answer = await http({ method: 'POST', url: `${settings.baseUrl}/${method}`, headers: { 'content-type': 'application/json' }, body, bytesMax: ANSWER_BYTES_MAX })
    if (!answer.ok) return later(answer.error)
    if (answer.value.status !== 200) return later(`${method}: HTTP ${answer.value.status}`)
    const read = readAnswer(account, answer.value.body.toString('utf8'))
    return read === undefined ? later(`${method}: the answer is not signed by the platform`) : ok(read)
  }

  /** @param names of the fields of code, number, check code */
  const receiptOf = (fields: Readonly<Record<string, unknown>>, names: readonly [string, string, string]): IssuedReceipt | undefined => {
    const [billBatchCode, billNo, random] = names.map((name) => textOf(fields[name])) as [string, string, string]
    if (billBatchCode === '' || billNo === '') return undefined
    return { billBatchCode, billNo, random, issuedAtMs: parseCreateTime(textOf(fields['createTime'])) ?? clock.wallMs() }
  }

  const ask = async (method: string, content: object, names: readonly [string, string, string]): Promise<Result<IssuedReceipt, ReceiptProblem>> => {
    const made = await call(method, content)
    if (!made.ok) return made
    if (!('fields' in made.value)) return later(`${made.value.code} ${made.value.problem}`)
    const receipt = receiptOf(made.value.fields, names)
    return receipt === undefined ? later(`${method}: an answer without a number`) : ok(receipt)
  }

  const issue = async (request: ReceiptRequest): Promise<Result<IssuedReceipt, ReceiptProblem>> => {
    const content = issueContent(request, settings)
    const names = ['billBatchCode', 'billNo', 'random'] as const
    const known = await call('getEBillByBusNo', { busNo: request.busNo, busDateTime: `${request.busDate}${request.busTime}000` })
    if (!known.ok) return known
    const before = 'fields' in known.value ? receiptOf(known.value.fields, names) : undefined
    return before === undefined ? ask('invoiceEBill', content, names) : ok(before)
  }

  const takeBack = async (request: ReceiptRequest, relate: NonNullable<ReceiptRequest['relate']>): Promise<Result<IssuedReceipt, ReceiptProblem>> => {
    const known = await call('getEBillStatesByBillInfo', relate)
    if (!known.ok) return known
    if (!('fields' in known.value)) return later(`${known.value.code} ${known.value.problem}`)
    const { fields } = known.value
    const before = String(fields['isScarlet']) === '1' ? receiptOf(fields, ['scarletBillBatchCode', 'scarletBillNo', 'scarletRandom']) : undefined
    if (before !== undefined) return ok(before)
    const content = { ...relate, reason: '退款', operator: settings.author, busDateTime: `${request.busDate}${request.busTime}000`, placeCode: request.placeCode }
    return ask('writeOffEBill', content, ['eScarletBillBatchCode', 'eScarletBillNo', 'eScarletRandom'])
  }

  return { issue: (request) => (request.relate === null ? issue(request) : takeBack(request, request.relate)) }
}

/** The platform that is set up, with its key. @throws Error that names the setting and what is wrong with it */
export async function openBosssoft(settings: BosssoftSettings, deps: { clock: Clock; ids: IdSource }): Promise<ReceiptPlatform> {
  const { region, deptCode, appId, keyFile, timeoutMs } = settings
  const { mode } = await stat(keyFile).catch((cause: unknown) => { throw new Error(`receipts.keyFile: ${keyFile} cannot be read`, { cause }) })
  if ((mode & OTHERS) !== 0) throw new Error(`receipts.keyFile: ${keyFile} may be read by others than its owner; chmod 600`)
  const account = { region, deptCode, appId, key: (await readFile(keyFile, 'utf8')).trim() }
  return createBosssoftReceipts({ account, settings, http: createChannelHttp({ clock: deps.clock, timeoutMs }), ...deps })
}
