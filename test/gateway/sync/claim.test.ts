import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { claimIdentity } from '../../../gateway/sync/claim.js'
import { createServerClient } from '../../../gateway/sync/server-client.js'
import { loadSigningKey } from '../../../gateway/sync/signing-key.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { type GatewayApiServer, startGatewayApiServer } from '../../support/gateway-api-server.js'
import { IDENTITY, openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'

let server: GatewayApiServer
beforeEach(async () => { server = await startGatewayApiServer() })
afterEach(() => server.close())

async function setUp(token: string | null = server.claimToken) {
  const dataDir = tempDir()
  const tokenFile = token === null ? null : join(dataDir, 'token')
  if (tokenFile !== null) writeFileSync(tokenFile, `${token}\n`)
  const store = await openStore({ bare: true })
  const client = createServerClient({ url: server.url, ca: server.caPem, requestTimeoutMs: 5_000, clock: systemClock })
  const key = await loadSigningKey({ dataDir, mayCreate: true })
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const claim = (signal = new AbortController().signal) =>
    claimIdentity({ client, store, key, clock, random: seededRandom(1), log }, tokenFile, signal)
  return { dataDir, store, client, key, clock, log, claim }
}

describe('claim', () => {
  it('turns the token into an identity that is in the store', async () => {
    const { store, claim, key } = await setUp()
    expect(await claim()).toEqual(IDENTITY)
    expect(await store.identity()).toEqual(IDENTITY)
    expect(server.publicKey()?.export({ type: 'spki', format: 'der' }).toString('base64')).toBe(key.publicKeyText)
  })

  it('after a crash between grant and save the same key claims again with the same token', async () => {
    const { dataDir, store, claim } = await setUp()
    await claim()
    const second = await openStore({ bare: true })
    const client = createServerClient({ url: server.url, ca: server.caPem, requestTimeoutMs: 5_000, clock: systemClock })
    const key = await loadSigningKey({ dataDir, mayCreate: true })
    expect(await claimIdentity({ client, store: second, key, clock: createVirtualClock(), random: seededRandom(1), log: silentLogger }, join(dataDir, 'token'), new AbortController().signal))
      .toEqual(await store.identity())
    expect(await second.identity()).toEqual(IDENTITY)
  })

  it('another gateway cannot use the spent token', async () => {
    await (await setUp()).claim()
    const other = await setUp()
    await expect(other.claim()).rejects.toMatchObject({ code: 'GW_SYNC_CLAIM_REFUSED', details: { problem: '403 SV_CLAIM: unknown or spent claim token' } })
    expect(await other.store.identity()).toBeUndefined()
  })

  it('asks again while the server does not answer, says so, and goes on when it does', async () => {
    const { clock, log, claim } = await setUp()
    let tries = 0
    server.intercept = () => {
      tries += 1
      return tries === 1 ? 'hang-up' : tries === 2 ? { status: 503, body: { code: 'SV_BUSY', message: 'starting' } } : undefined
    }
    const claimed = claim()
    while (tries < 2) await Promise.all([settle(20), clock.run(100)])
    while (log.lines.length < 3) await Promise.all([settle(20), clock.run(500)])
    expect(await claimed).toEqual(IDENTITY)
    expect(log.lines.map((line) => [line.level, line.message])).toEqual([
      ['warn', 'not claimed yet: the server gave no answer, trying again'],
      ['warn', 'not claimed yet: the server gave no answer, trying again'],
      ['info', 'claimed'],
    ])
    expect(JSON.stringify(log.lines)).not.toContain(IDENTITY.credential)
    expect(JSON.stringify(log.lines)).not.toContain(server.claimToken)
  })

  it('ends without an identity when it is told to stop', async () => {
    const { log, claim, store } = await setUp()
    server.intercept = () => 'hang-up'
    const stop = new AbortController()
    const claimed = claim(stop.signal)
    while (log.lines.length === 0) await settle(10)
    stop.abort()
    expect(await claimed).toBeUndefined()
    expect(await store.identity()).toBeUndefined()
  })

  it('says what is wrong with the token file', async () => {
    await expect((await setUp(null)).claim()).rejects.toMatchObject({ code: 'GW_SYNC_CLAIM_TOKEN', details: { problem: expect.stringContaining('claimTokenFile is null') } })
    await expect((await setUp('short')).claim()).rejects.toMatchObject({ code: 'GW_SYNC_CLAIM_TOKEN', details: { problem: 'holds no claim token' } })
    expect(server.requests).toEqual([])
  })
})

describe('signing key', () => {
  it('is made once, readable by its owner alone, and read again', async () => {
    const dataDir = tempDir()
    const first = await loadSigningKey({ dataDir, mayCreate: true })
    expect(statSync(join(dataDir, 'keys', 'signing-key.pem')).mode & 0o777).toBe(0o600)
    expect(statSync(join(dataDir, 'keys')).mode & 0o777).toBe(0o700)
    expect((await loadSigningKey({ dataDir, mayCreate: false })).publicKeyText).toBe(first.publicKeyText)
  })

  it('a lost key is not replaced behind the server', async () => {
    const dataDir = tempDir()
    await expect(loadSigningKey({ dataDir, mayCreate: false })).rejects.toMatchObject({ code: 'GW_SYNC_SIGNING_KEY', details: { problem: 'missing' } })
    expect(existsSync(join(dataDir, 'keys'))).toBe(false)
  })

  it('a damaged or open key file is refused and left as it is', async () => {
    const dataDir = tempDir()
    await loadSigningKey({ dataDir, mayCreate: true })
    const path = join(dataDir, 'keys', 'signing-key.pem')
    const good = readFileSync(path, 'utf8')
    chmodSync(path, 0o644)
    await expect(loadSigningKey({ dataDir, mayCreate: true })).rejects.toMatchObject({ code: 'GW_PKI_KEY_EXPOSED' })
    chmodSync(path, 0o600)
    writeFileSync(path, good.slice(0, 60))
    await expect(loadSigningKey({ dataDir, mayCreate: true })).rejects.toMatchObject({ code: 'GW_SYNC_SIGNING_KEY', details: { problem: 'unreadable' } })
    expect(readFileSync(path, 'utf8')).toBe(good.slice(0, 60))
  })
})
