import type { TSchema } from 'typebox'
import { parseJson } from '#contract/codec.js'
import { ApiErrorV1, CONTRACT_VERSION, EpochRequestV1, EpochResponseV1, RecordsRequestV1, RecordsResponseV1, RosterResponseV1 } from '#contract/sync-api.js'
import { OrdersResponseV1 } from '#contract/sync-orders.js'
import { AppError } from '#kernel/app-error.js'
import type { Clock } from '#kernel/clock.js'
import { type Result, err } from '#kernel/result.js'
import type { ServerCallError, ServerClient } from '../../../gateway/sync/server-client.js'
import type { Dice } from '../engine/dice.js'
import type { Life } from '../engine/life.js'
import type { Timeline } from '../engine/timeline.js'
import type { ServerLife } from '../server/server-life.js'

/** How the line to the server is just now; shares are of requests. */
export interface UplinkWeather {
  /** Cut: refused at once, or silent until whoever asked gives up. */
  cut: 'no' | 'refused' | 'silent'
  loseRequest: number
  loseAnswer: number
  /** Delivered twice, the second time up to half a minute late. */
  duplicate: number
  /** Of an answer, at most; a request is as quick as it ever was. */
  delayMsMax: number
}

export const FAIR_UPLINK: UplinkWeather = { cut: 'no', loseRequest: 0, loseAnswer: 0, duplicate: 0, delayMsMax: 1_500 }

interface Exchange {
  readonly what: string
  readonly body: unknown
  readonly question: TSchema | null
  readonly answer: TSchema
  readonly timeoutMs: number
  readonly ask: (server: ServerLife, body: never, left: AbortSignal) => Promise<unknown>
}

interface Received {
  readonly status: number
  readonly text: string
}

export interface UplinkDeps {
  readonly timeline: Timeline
  readonly dice: Dice
  readonly weather: UplinkWeather
  /** Undefined while none runs. */
  readonly server: () => ServerLife | undefined
  readonly note: (line: string) => void
  /** Every request as it leaves the estate. */
  readonly left: (text: string) => void
}

const SECOND_COPY_MS_MAX = 30_000
const REQUEST_MS_MAX = 1_500
const unreachable = (message: string): Result<never, ServerCallError> => err({ kind: 'unreachable', message })

/** What the server's listener makes of a request: schema, service, status. */
async function serve({ question, ask }: Exchange, text: string, server: ServerLife, left: AbortSignal): Promise<Received> {
  const parsed = question === null ? { ok: true as const, value: null } : parseJson(question, text)
  if (!parsed.ok) return { status: 400, text: JSON.stringify({ code: 'SV_HTTP_VALIDATION', message: parsed.error }) }
  try {
    return { status: 200, text: JSON.stringify(await ask(server, parsed.value as never, left)) }
  } catch (error) {
    if (error instanceof AppError) return { status: error.httpStatus, text: JSON.stringify({ code: error.code, message: error.message, details: error.details }) }
    server.note(`error ${String(error)}`)
    return { status: 500, text: JSON.stringify({ code: 'SV_HTTP_INTERNAL', message: 'Internal error' }) }
  }
}

/** What the gateway's client makes of an answer; see `createServerClient`. */
function read<T>(answer: TSchema, { status, text }: Received): Result<T, ServerCallError> {
  if (status === 200) {
    const parsed = parseJson<T>(answer, text)
    return parsed.ok ? parsed : err({ kind: 'invalid', message: `answer ${status}: ${parsed.error}` })
  }
  const problem = parseJson<{ code: string; message: string }>(ApiErrorV1, text)
  return err(problem.ok ? { kind: 'refused', status, ...problem.value } : { kind: 'refused', status, code: 'UNKNOWN', message: 'no error body' })
}

/** One life of a gateway asks: its own client's port over a line that loses, repeats, delays and falls silent. */
export function createUplink(deps: UplinkDeps, gateway: { life: Life; clock: Clock }): ServerClient {
  const { timeline, dice, weather, note } = deps
  const { life, clock } = gateway
  const stopping = new AbortController()
  let exchanges = 0

  const deliver = async (exchange: Exchange, text: string, left: AbortSignal): Promise<Received | undefined> => {
    const server = deps.server()
    if (server === undefined || !server.life.step()) return undefined
    const received = await serve(exchange, text, server, left)
    return server.life.step() ? received : undefined
  }
  const exchange = <T>(wanted: Exchange): Promise<Result<T, ServerCallError>> => new Promise((resolve) => {
    if (!life.step()) return
    if (stopping.signal.aborted) return resolve(unreachable('stopped'))
    const number = exchanges++
    const text = wanted.body === null ? '' : JSON.stringify(wanted.body)
    deps.left(text)
    const gone = new AbortController()
    let over = false
    const settle = (result: Result<T, ServerCallError>, outcome: string): void => {
      if (over || !life.isAlive()) return
      over = true
      cancel()
      gone.abort()
      stopping.signal.removeEventListener('abort', stop)
      note(`uplink ${number} ${wanted.what} ${outcome}`)
      if (life.step()) resolve(result)
    }
    const stop = (): void => settle(unreachable('stopped'), 'stopped')
    stopping.signal.addEventListener('abort', stop, { once: true })
    const cancel = clock.after(wanted.timeoutMs, () => settle(unreachable(`no answer within ${wanted.timeoutMs} ms`), 'timeout'))
    note(`uplink ${number} ${wanted.what} asks ${text.slice(0, 60)}`)
    if (weather.cut === 'refused' || deps.server() === undefined) return void timeline.after(5, () => settle(unreachable('refused'), 'refused'))
    const isLost = weather.cut === 'silent' || dice.chance(weather.loseRequest)
    const losesAnswer = dice.chance(weather.loseAnswer)
    const [thereMs, backMs] = [dice.between(1, Math.min(REQUEST_MS_MAX, weather.delayMsMax)), dice.between(1, weather.delayMsMax)]
    if (dice.chance(weather.duplicate)) timeline.after(dice.between(0, SECOND_COPY_MS_MAX), () => void deliver(wanted, text, AbortSignal.abort()))
    if (isLost) return
    timeline.after(thereMs, () => void deliver(wanted, text, gone.signal).then((received) => {
      if (received === undefined) return void timeline.after(backMs, () => settle(unreachable('reset'), 'reset'))
      if (losesAnswer) return
      timeline.after(backMs, () => {
        if (weather.cut === 'no') settle(read<T>(wanted.answer, received), `${received.status} ${received.text.slice(0, 120)}`)
      })
    }))
  })
  const bearer = (credential: string): string => `Bearer ${credential}`
  const timeout = (timeoutMs = 10_000): number => timeoutMs
  const asked: Pick<ServerClient, 'epoch' | 'records' | 'roster' | 'orders' | 'stop'> = {
    epoch: (credential, body, timeoutMs) => exchange({
      what: 'epoch', body, question: EpochRequestV1, answer: EpochResponseV1, timeoutMs: timeout(timeoutMs), ask: ({ api }, question) => api.epoch(bearer(credential), question),
    }),
    records: (credential, body) => exchange({
      what: 'records', body, question: RecordsRequestV1, answer: RecordsResponseV1, timeoutMs: timeout(), ask: ({ api }, question) => api.records(bearer(credential), question),
    }),
    roster: (credential, cursor) => exchange({
      what: `roster ${cursor}`, body: null, question: null, answer: RosterResponseV1, timeoutMs: timeout(),
      ask: ({ api }) => api.roster(bearer(credential), cursor, CONTRACT_VERSION),
    }),
    orders: (credential, { waitMs, life }, timeoutMs) => exchange({
      what: 'orders', body: null, question: null, answer: OrdersResponseV1, timeoutMs, ask: ({ api }, _question, left) => api.orders(bearer(credential), { waitMs, life }, left),
    }),
    stop: () => stopping.abort(),
  }
  // What else a gateway may ask is not asked in these worlds.
  return new Proxy(asked as ServerClient, {
    get: (target, name) => Reflect.get(target, name) ?? (() => Promise.resolve(unreachable('not in this world'))),
  })
}
