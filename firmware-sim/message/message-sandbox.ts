import { createHash } from 'node:crypto'
import { type FastifyInstance, fastify } from 'fastify'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { aliyunRefusal } from './aliyun-check.js'
import type { MessageBook } from './message-book.js'
import { phoneRoutes } from './phone-page.js'

/** A message as a phone shows it. */
export interface ArrivedMessage {
  readonly by: 'sms' | 'wechat'
  /** Phone number, or the person's id at the account. */
  readonly to: string
  readonly template: string
  readonly values: Readonly<Record<string, string>>
  /** As it is read; empty where the template's text is not known. */
  readonly text: string
  readonly atMs: number
  readonly receipt: string
  /** The sender's own id. */
  readonly id: string
}

/** Who may sign, and the text of each template; another signature, template or value is refused. */
export interface ApprovedSms {
  readonly signName: string
  readonly templates: Readonly<Record<string, string>>
}

export interface MessageSandboxDeps {
  readonly clock: Clock
  readonly random: RandomSource
  readonly aliyun: { readonly id: string; readonly secret: string; readonly approved?: ApprovedSms }
  /** Keeps what arrived over the end of the process. */
  readonly book?: MessageBook
  readonly wechat: { readonly appId: string; readonly secret: string; readonly callbackToken: string }
}

export interface MessageSandbox {
  /** Listens on loopback. */
  start(): Promise<{ readonly origin: string }>
  stop(): Promise<void>
  readonly arrived: readonly ArrivedMessage[]
  /** The next calls of a kind are answered with these codes instead, in order; `hang-up`: after the message went, without an answer. */
  refuse(by: 'sms' | 'wechat', ...codes: string[]): void
  /** What the operators say of a number from now on; without it messages arrive. */
  operator(phone: string, status: 'waiting' | 'failed'): void
  /** Makes the token that was given out void, as where somebody else fetched one. */
  dropToken(): void
  /** Times that a token was given out. */
  tokens(): number
  /** The letter by which the account tells what became of a message. */
  event(receipt: string, status: string): { readonly query: string; readonly body: string }
}

const mark = ({ random }: { random: RandomSource }): string => Buffer.from(random.bytes(16)).toString('hex')
const TOKEN_SECONDS = 7_200
const WAITING = 1
const FAILED = 2
const DELIVERED = 3
const pad = (value: number): string => String(value).padStart(2, '0')
function beijing(ms: number): string {
  const at = new Date(ms + 8 * 3_600_000)
  return `${at.toISOString().slice(0, 10)} ${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`
}

type Arrive = (message: Omit<ArrivedMessage, 'atMs'>) => void

/** The text that a phone shows, or the code by which the service refuses it. */
function smsText(query: URLSearchParams, values: Readonly<Record<string, string>>, approved: ApprovedSms | undefined): { text: string } | { code: string } {
  if (approved === undefined) return { text: '' }
  const template = approved.templates[query.get('TemplateCode') ?? '']
  if (query.get('SignName') !== approved.signName) return { code: 'isv.SMS_SIGNATURE_ILLEGAL' }
  if (template === undefined) return { code: 'isv.SMS_TEMPLATE_ILLEGAL' }
  const text = template.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '\0')
  return text.includes('\0') ? { code: 'isv.TEMPLATE_MISSING_PARAMETERS' } : { text: `【${approved.signName}】${text}` }
}

interface Arrivals {
  readonly arrived: readonly ArrivedMessage[]
  readonly arrive: Arrive
  readonly faults: string[]
}

function aliyunRoutes(app: FastifyInstance, deps: MessageSandboxDeps, state: Arrivals & { operators: Map<string, string> }): void {
  const { arrived, arrive, faults, operators } = state
  const refused = (code: string): object => ({ Code: code, Message: code, RequestId: mark(deps) })
  const send = (query: URLSearchParams): object | 'hang-up' => {
    const fault = faults.shift()
    if (fault !== undefined && fault !== 'hang-up') return refused(fault)
    const values = JSON.parse(query.get('TemplateParam') ?? '{}') as Record<string, string>
    const read = smsText(query, values, deps.aliyun.approved)
    if ('code' in read) return refused(read.code)
    const receipt = `${String(9_006_197_469_364_984n + BigInt(arrived.length))}^0`
    arrive({ by: 'sms', to: query.get('PhoneNumbers') ?? '', template: query.get('TemplateCode') ?? '', values, text: read.text, receipt, id: query.get('OutId') ?? '' })
    return fault ?? { Code: 'OK', Message: 'OK', RequestId: mark(deps), BizId: receipt }
  }
  const details = (query: URLSearchParams): object => {
    const found = arrived.filter((message) => message.to === query.get('PhoneNumber') && message.receipt === query.get('BizId'))
    const list = found.map((message) => {
      const status = { waiting: WAITING, failed: FAILED }[operators.get(message.to) ?? ''] ?? DELIVERED
      return {
        OutId: message.id, PhoneNum: message.to, TemplateCode: message.template, SendStatus: status, SendDate: beijing(deps.clock.wallMs()), Content: '',
        ...(status === DELIVERED ? { ReceiveDate: beijing(deps.clock.wallMs()), ErrCode: 'DELIVERED' } : status === FAILED ? { ErrCode: 'MOBILE_NOT_ON_SERVICE' } : {}),
      }
    })
    return { Code: 'OK', Message: 'OK', RequestId: mark(deps), TotalCount: String(list.length), SmsSendDetailDTOs: { SmsSendDetailDTO: list } }
  }
  app.post('/', async (request, reply) => {
    const query = new URL(request.url, 'http://sandbox').searchParams
    const refusal = aliyunRefusal({ headers: request.headers, query, body: String(request.body ?? '') }, deps.aliyun, deps.clock.wallMs())
    if (refusal !== undefined) {
      return reply.code(400).send({ Code: refusal, Message: 'Specified signature is not matched with our calculation.', RequestId: mark(deps), HostId: 'sandbox' })
    }
    const answer = request.headers['x-acs-action'] === 'QuerySendDetails' ? details(query) : send(query)
    if (answer === 'hang-up') return reply.hijack().raw.destroy()
    return reply.send(answer)
  })
}

interface WechatLetter {
  readonly touser: string
  readonly template_id: string
  readonly client_msg_id?: string
  readonly data: Readonly<Record<string, { readonly value: string }>>
}

function wechatRoutes(app: FastifyInstance, deps: MessageSandboxDeps, state: Arrivals & { token: { text: string; given: number } }): void {
  const { arrived, arrive, faults, token } = state
  app.post<{ Body: string }>('/cgi-bin/stable_token', async (request) => {
    const { appid, secret, grant_type: grant } = JSON.parse(request.body) as Record<string, string>
    if (appid !== deps.wechat.appId || secret !== deps.wechat.secret || grant !== 'client_credential') return { errcode: 40_001, errmsg: 'invalid credential' }
    if (token.text === '' || (JSON.parse(request.body) as { force_refresh?: boolean }).force_refresh === true) token.text = mark(deps)
    token.given += 1
    return { access_token: token.text, expires_in: TOKEN_SECONDS }
  })
  app.post<{ Body: string; Querystring: { access_token?: string } }>('/cgi-bin/message/template/send', async (request, reply) => {
    if (request.query.access_token !== token.text) return { errcode: 40_001, errmsg: 'invalid credential, access_token is invalid or not latest' }
    const fault = faults.shift()
    if (fault !== undefined && fault !== 'hang-up') return { errcode: Number(fault), errmsg: `refused ${fault}` }
    const letter = JSON.parse(request.body) as WechatLetter
    const id = letter.client_msg_id ?? ''
    const before = arrived.find((message) => message.by === 'wechat' && id !== '' && message.id === id)
    const receipt = before?.receipt ?? String(200_228_332 + arrived.length)
    const values = Object.fromEntries(Object.entries(letter.data).map(([key, { value }]) => [key, value]))
    if (before === undefined) arrive({ by: 'wechat', to: letter.touser, template: letter.template_id, values, text: '', receipt, id })
    if (fault === 'hang-up') return reply.hijack().raw.destroy()
    return { errcode: 0, errmsg: 'ok', msgid: Number(receipt) }
  })
  app.get<{ Querystring: Record<string, string> }>('/sns/oauth2/access_token', async ({ query }) =>
    (query['appid'] === deps.wechat.appId && query['secret'] === deps.wechat.secret && query['code']?.startsWith('code-of-') === true
      ? { access_token: mark(deps), expires_in: TOKEN_SECONDS, openid: query['code'].slice('code-of-'.length), scope: 'snsapi_base' }
      : { errcode: 40_029, errmsg: 'invalid code' }))
}

/** Alibaba Cloud's SMS service and a WeChat official account as far as a sender sees them, in one process; what arrived is shown at `/`. */
export function createMessageSandbox(deps: MessageSandboxDeps): MessageSandbox {
  const arrived: ArrivedMessage[] = [...deps.book?.earlier ?? []]
  const arrive: Arrive = (message) => {
    const whole = { ...message, atMs: deps.clock.wallMs() }
    arrived.push(whole)
    deps.book?.add(whole)
  }
  const faults: Record<'sms' | 'wechat', string[]> = { sms: [], wechat: [] }
  const operators = new Map<string, string>()
  const token = { text: '', given: 0 }
  const app: FastifyInstance = fastify({ forceCloseConnections: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  aliyunRoutes(app, deps, { arrived, arrive, faults: faults.sms, operators })
  wechatRoutes(app, deps, { arrived, arrive, faults: faults.wechat, token })
  phoneRoutes(app, arrived)
  return {
    arrived,
    start: async () => ({ origin: await app.listen({ host: '127.0.0.1', port: 0 }) }),
    stop: () => app.close(),
    refuse: (by, ...codes) => void faults[by].push(...codes),
    operator: (phone, status) => void operators.set(phone, status),
    dropToken: () => { token.text = mark(deps) },
    tokens: () => token.given,
    event(receipt, status) {
      const [timestamp, nonce] = [String(Math.floor(deps.clock.wallMs() / 1_000)), mark(deps).slice(0, 8)]
      const to = arrived.find((message) => message.receipt === receipt)?.to ?? ''
      const signature = createHash('sha1').update([deps.wechat.callbackToken, timestamp, nonce].sort().join('')).digest('hex')
      return {
        query: new URLSearchParams({ signature, timestamp, nonce, openid: to }).toString(),
        body: `<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[${to}]]></FromUserName><CreateTime>${timestamp}</CreateTime>` +
          `<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>${receipt}</MsgID><Status><![CDATA[${status}]]></Status></xml>`,
      }
    },
  }
}
