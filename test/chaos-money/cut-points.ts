import { subscribe } from 'node:diagnostics_channel'
import { existsSync, readFileSync, unlinkSync } from 'node:fs'
import { type IncomingMessage, ServerResponse } from 'node:http'
import Database from 'libsql'
import type { Cut, CutPlan } from './cuts.js'

/** Preloaded into a server's process (`--import`): it dies by SIGKILL, as by a power cut, at the place that a file names. */
const file = process.env['CUT_FILE'] ?? ''
let passed = 0

function pass(where: Cut, addresses: readonly string[]): void {
  if (!existsSync(file)) {
    passed = 0
    return
  }
  const plan = JSON.parse(readFileSync(file, 'utf8')) as CutPlan
  if (plan.where !== where || !addresses.some((address) => address.includes(plan.of))) return
  passed += 1
  if (passed < plan.at) return
  unlinkSync(file)
  process.kill(process.pid, 'SIGKILL')
}

const realFetch = globalThis.fetch
globalThis.fetch = async (...call) => {
  const address = String(call[0])
  pass('before a call', [address])
  const answer = await realFetch(...call)
  pass('after a call', [address])
  return answer
}

/** What is being answered right now. */
const underWay = new Set<IncomingMessage>()
subscribe('http.server.request.start', (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
  underWay.add(request)
  response.once('close', () => underWay.delete(request))
})
const addressOf = ({ method, url }: IncomingMessage): string => `${method ?? ''} ${url ?? ''}`

interface Statement {
  run(...values: unknown[]): unknown
}
const statements = Database.prototype as unknown as { prepare(sql: string): Statement }
const realPrepare = statements.prepare
statements.prepare = function prepare(this: unknown, sql: string): Statement {
  const statement = realPrepare.call(this as typeof statements, sql)
  if (sql !== 'COMMIT') return statement
  const run = statement.run.bind(statement)
  const now = (): string[] => ['', ...[...underWay].map(addressOf)]
  statement.run = (...values) => {
    pass('before a commit', now())
    const done = run(...values)
    pass('after a commit', now())
    return done
  }
  return statement
}

const realEnd = ServerResponse.prototype.end
ServerResponse.prototype.end = function end(this: ServerResponse, ...args: unknown[]): ServerResponse {
  pass('before an answer', [addressOf(this.req)])
  return Reflect.apply(realEnd, this, args) as ServerResponse
} as typeof realEnd
