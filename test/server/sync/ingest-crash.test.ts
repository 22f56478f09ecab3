import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { ClaimResponseV1, RecordsRequestV1, RecordsResponseV1 } from '#contract/sync-api.js'
import { compiled } from '../../support/compiled.js'
import { openDatabase } from '../../../server/db/client.js'
import { verifyChain } from '../../../server/integrity/verify-chain.js'
import { storedRecords } from '../../../server/sync/log-register.js'
import { tempFolder } from '../support/temp-database.js'
import { createGatewayLog } from './gateway-log.js'
import { passage } from './record-samples.js'

const RECORDS = 1_000
const BATCH = 20

interface Server {
  readonly child: ChildProcess
  readonly origin: string
}

/** Starts the compiled server and waits until it listens on plain HTTP. */
function start(config: string): Promise<Server> {
  const child = spawn(process.execPath, [compiled('server/main.js'), '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += String(chunk)
      const line = out.split('\n').find((text) => text.includes('"msg":"ready"'))
      if (line !== undefined) resolve({ child, origin: `http://127.0.0.1:${(JSON.parse(line) as { httpPort: number }).httpPort}` })
    })
    child.on('close', (code) => reject(new Error(`server ended with ${code}`)))
  })
}
const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => (child.exitCode ?? child.signalCode) === null ? child.once('close', () => resolve()) : resolve())

async function post<Body>(url: string, body: object, headers: Record<string, string>): Promise<{ body: Body; cookie: string }> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', 'x-requested-with': 'smart-estates', ...headers } })
  expect(answer.ok, `${url}: ${answer.status}`).toBe(true)
  return { body: (await answer.json()) as Body, cookie: answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '' }
}

/** Makes an administrator by the command line, and an estate with a gateway by the API. */
async function prepare(config: string): Promise<{ gatewayId: string; claimToken: string; server: Server }> {
  const child = spawn(process.execPath, [compiled('server/main.js'), '--config', config, 'create-user', '--login', 'root', '--display', 'x', '--role', 'admin', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk) => { out += String(chunk) })
  await ended(child)
  const { password } = JSON.parse(out) as { password: string }
  const server = await start(config)
  const { cookie } = await post(`${server.origin}/api/auth/login`, { loginName: 'root', password }, {})
  await post(`${server.origin}/api/estates`, { estateId: 'jh', name: 'x', district: 'y' }, { cookie })
  const { body } = await post<{ gatewayId: string; claimToken: string }>(`${server.origin}/api/gateways`, { estateId: 'jh', name: 'g' }, { cookie })
  return { ...body, server }
}

it('what was acknowledged survives kill -9 in the middle of uploads; what was not is sent again; nothing stands twice', async () => {
  const folder = await tempFolder()
  const config = join(folder, 'server.json')
  await writeFile(config, JSON.stringify({ dataDir: folder, https: { host: '127.0.0.1', port: 0 }, loopbackHttp: { port: 0 }, log: { level: 'error' } }))
  const { gatewayId, claimToken, server: first } = await prepare(config)
  const log = createGatewayLog(gatewayId)
  log.append(...Array.from({ length: RECORDS }, (_, index) => passage(index + 1)))
  const claimed = await post<ClaimResponseV1>(`${first.origin}/api/gateway/v1/claim`, { claimToken, signingPublicKey: log.publicKeyText }, {})
  const headers = { authorization: `Bearer ${claimed.body.credential}` }
  await post(`${first.origin}/api/gateway/v1/epoch`, { head: null }, headers)

  let server = first
  let acknowledged = 0
  let kills = 0
  let batches = 0
  while (acknowledged < RECORDS) {
    const batch: RecordsRequestV1 = log.batch(acknowledged + 1, Math.min(RECORDS, acknowledged + BATCH))
    batches += 1
    // Killed while the upload is under way, a little later each time.
    const dies = batches % 10 === 0 && kills < 4
    const killed = dies ? new Promise<void>((resolve) => setTimeout(() => { server.child.kill('SIGKILL'); resolve() }, 3 * kills + 1)) : undefined
    const answer = await post<RecordsResponseV1>(`${server.origin}/api/gateway/v1/records`, batch, headers).catch((error: unknown) => {
      if (!dies) throw error
      return undefined
    })
    if (answer !== undefined) acknowledged = answer.body.contiguousSeq
    if (killed === undefined) continue
    await killed
    await ended(server.child)
    kills += 1
    server = await start(config)
  }
  server.child.kill('SIGTERM')
  await ended(server.child)

  const db = await openDatabase(`file:${join(folder, 'server.db')}`)
  onTestFinished(() => db.close())
  const report = await verifyChain({ gatewayId, epoch: 1, hash: log.hashAt(0) }, storedRecords(db.read, gatewayId, 1))
  expect([kills, report]).toEqual([4, { records: RECORDS, contiguousSeq: RECORDS, contiguousHash: log.hashAt(RECORDS), brokenAtSeq: null, missing: [], gaps: 0 }])
  expect(await db.read.accessEvent.count()).toBe(RECORDS)
}, 180_000)
