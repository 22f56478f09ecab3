import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '#kernel/clock.js'
import type { FaultPlan } from '../channel/channel-faults.js'

/** Whom the platform knows, and the key that both sides sign with. */
export interface ReceiptAccount {
  readonly region: string
  readonly deptcode: string
  readonly appid: string
  readonly key: string
}

interface Given {
  readonly busNo: string
  readonly billBatchCode: string
  readonly billNo: string
  readonly random: string
  readonly createTime: string
  readonly totalAmt: number
  scarlet: Given | null
}

const NUMBER_DIGITS = 10
const CHINA_OFFSET_MS = 8 * 3_600_000
const pack = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64')
const md5 = (text: string): string => createHash('md5').update(text).digest('hex').toUpperCase()
const signed = ({ region, deptcode, appid, key }: ReceiptAccount, data: string, noise: string): string =>
  md5(`region=${region}&deptcode=${deptcode}&appid=${appid}&data=${data}&noise=${noise}&key=${key}&version=1.0`)

type Content = Readonly<Record<string, unknown>>
type Said = { readonly result: string; readonly message: string }
const done = (fields: object): Said => ({ result: 'S0000', message: pack(fields) })
const no = (result: string, problem: string): Said => ({ result, message: pack(problem) })

/** A platform for electronic receipts (财政电子票据, 博思 standard interface) as far as a unit that collects sees it; its codes but S0000 are made up. */
export function receiptRoutes(app: FastifyInstance, deps: { account: ReceiptAccount; clock: Clock; faults: FaultPlan }): void {
  const { account, clock, faults } = deps
  const given: Given[] = []
  const lost = new Set<string>()

  const give = (busNo: string, totalAmt: number): Given => {
    const billNo = String(given.length + 1).padStart(NUMBER_DIGITS, '0')
    const createTime = new Date(clock.wallMs() + CHINA_OFFSET_MS).toISOString().replaceAll(/\D/g, '')
    const random = md5(`${busNo}${billNo}`).slice(0, 6).toLowerCase()
    const one: Given = { busNo, billBatchCode: `4407${createTime.slice(2, 4)}26`, billNo, random, createTime, totalAmt, scarlet: null }
    given.push(one)
    return one
  }
  const byNumber = ({ billBatchCode, billNo }: Content): Given | undefined => given.find((one) => one.billBatchCode === billBatchCode && one.billNo === billNo)
  const faceOf = ({ billBatchCode, billNo, random, createTime, busNo }: Given): object => ({ busNo, billBatchCode, billNo, random, createTime, billQRCode: '', pictureUrl: '' })

  const methods: Record<string, (content: Content) => Said> = {
    getEBillByBusNo({ busNo }) {
      const one = given.find((each) => each.busNo === busNo)
      return one === undefined ? no('E0404', '未查询到票据信息') : done(faceOf(one))
    },
    invoiceEBill(content) {
      const { busNo, placeCode, billCode, payer, chargeDetail, totalAmt } = content
      if ([busNo, placeCode, billCode, payer].some((text) => typeof text !== 'string' || text === '') || !Array.isArray(chargeDetail)) return no('E0001', '必填项为空')
      const sumFen = (chargeDetail as Array<{ amt: number }>).reduce((sum, { amt }) => sum + Math.round(amt * 100), 0)
      if (typeof totalAmt !== 'number' || sumFen !== Math.round(totalAmt * 100)) return no('E0002', '明细金额与总金额不一致')
      if (given.some((each) => each.busNo === busNo)) return no('E0003', '业务流水号重复')
      return done(faceOf(give(busNo as string, totalAmt)))
    },
    getEBillStatesByBillInfo(content) {
      const one = byNumber(content)
      if (one === undefined) return no('E0404', '未查询到票据信息')
      const { scarlet } = one
      const { billBatchCode, billNo, random, createTime: ivcDateTime } = one
      const red = scarlet === null ? { isScarlet: '0' }
        : { isScarlet: '1', scarletBillBatchCode: scarlet.billBatchCode, scarletBillNo: scarlet.billNo, scarletRandom: scarlet.random }
      return done({ billBatchCode, billNo, random, ivcDateTime, state: '1', ...red })
    },
    writeOffEBill(content) {
      const one = byNumber(content)
      if (one === undefined) return no('E0404', '未查询到票据信息')
      if (one.scarlet !== null) return no('E0004', '票据已冲红')
      const { billBatchCode, billNo, random, createTime } = (one.scarlet = give(`${one.busNo}-red`, -one.totalAmt))
      return done({ eScarletBillBatchCode: billBatchCode, eScarletBillNo: billNo, eScarletRandom: random, createTime, billQRCode: '', pictureUrl: '' })
    },
  }

  app.post('/api/standard/:method', (request, reply) => {
    const { method } = request.params as { method: string }
    const { data = '', noise = '', sign, appid } = JSON.parse((request.body as Buffer).toString('utf8')) as Record<string, string>
    const answer = (said: Said): unknown => {
      const packed = pack(said)
      return reply.type('application/json').send({ data: packed, noise, sign: signed(account, packed, noise) })
    }
    const run = methods[method]
    if (run === undefined || appid !== account.appid || sign !== signed(account, data, noise)) return answer(no('E9001', '验签失败'))
    const content = JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as Content
    const said = run(content)
    const about = String(content['busNo'] ?? content['billNo'])
    const moves = method === 'invoiceEBill' || method === 'writeOffEBill'
    if (moves && faults.happens('receipt-lost', about) && !lost.has(`${method} ${about}`)) {
      lost.add(`${method} ${about}`)
      return reply.code(500).send('')
    }
    return answer(said)
  })
  app.get('/sandbox/receipts', () => given.map(({ scarlet, ...one }) => ({ ...one, red: scarlet?.billNo ?? null })))
}
