import { X509Certificate } from 'node:crypto'
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { join } from 'node:path'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import type { App } from '../../../server/http/app-types.js'
import type { KeyedCertificate } from '../../../server/http/certificates.js'
import { createListeners } from '../../../server/http/listeners.js'
import { givenTls, ownTls } from '../../../server/http/tls-files.js'
import { type VirtualClock, createVirtualClock } from '../../support/virtual-clock.js'
import { tempFolder } from '../support/temp-database.js'

const DAY_MS = 86_400_000
const make = (folder: string, clock: VirtualClock = createVirtualClock(), hostNames: string[] = []): Promise<KeyedCertificate> =>
  ownTls({ folder, hostNames, clock, random: systemRandom })
const leafOf = (tls: KeyedCertificate): X509Certificate => new X509Certificate(tls.certPem)

describe('own certificate', () => {
  it('is one of an own authority for localhost and the given names, keys for the owner alone', async () => {
    const folder = join(await tempFolder(), 'tls')
    const tls = await make(folder, undefined, ['estates.example.lan', '192.0.2.7'])
    const ca = new X509Certificate(await readFile(join(folder, 'ca.pem')))
    const leaf = leafOf(tls)
    expect([ca.ca, leaf.ca, ca.verify(ca.publicKey), leaf.verify(ca.publicKey)]).toEqual([true, false, true, true])
    expect(['localhost', 'estates.example.lan'].map((name) => leaf.checkHost(name))).toEqual(['localhost', 'estates.example.lan'])
    expect(['127.0.0.1', '192.0.2.7'].map((name) => leaf.checkIP(name))).toEqual(['127.0.0.1', '192.0.2.7'])
    expect(leaf.checkHost('example.com')).toBeUndefined()
    const modes = await Promise.all((await readdir(folder)).sort().map(async (name) => [name, ((await stat(join(folder, name))).mode & 0o777).toString(8)]))
    expect(modes).toEqual([['ca-key.pem', '600'], ['ca.pem', '644'], ['server-key.pem', '600'], ['server.pem', '644']])
  })

  it('is kept, and renewed under the same authority when it ends, a name is missing or it is spoiled', async () => {
    const folder = await tempFolder()
    const clock = createVirtualClock()
    const serial = async (names: string[] = []) => leafOf(await make(folder, clock, names)).serialNumber
    const authority = async () => (await readFile(join(folder, 'ca.pem'), 'utf8'))
    const [first, ca] = [await serial(), await authority()]
    expect(await serial()).toBe(first)
    const named = await serial(['new.example.lan'])
    expect(named).not.toBe(first)
    clock.advance(397 * DAY_MS - 61 * DAY_MS)
    expect(await serial(['new.example.lan'])).toBe(named)
    clock.advance(2 * DAY_MS)
    const renewed = await serial(['new.example.lan'])
    expect(renewed).not.toBe(named)
    await writeFile(join(folder, 'server.pem'), 'spoiled')
    expect(await serial(['new.example.lan'])).not.toBe(renewed)
    await rm(join(folder, 'server-key.pem'))
    await serial()
    expect(await authority()).toBe(ca)
  })
})

describe('given certificate', () => {
  it('is refused where key and certificate do not belong together or cannot be read', async () => {
    const [one, two] = [await tempFolder(), await tempFolder()]
    await Promise.all([make(one), make(two)])
    const at = (folder: string, name: string): string => join(folder, name)
    expect((await givenTls(at(one, 'server.pem'), at(one, 'server-key.pem'))).certPem).toContain('BEGIN CERTIFICATE')
    await expect(givenTls(at(one, 'server.pem'), at(two, 'server-key.pem'))).rejects.toMatchObject({ code: 'SV_TLS_FILES' })
    await expect(givenTls(at(one, 'none.pem'), at(one, 'server-key.pem'))).rejects.toMatchObject({ code: 'SV_TLS_FILES', details: { certFile: at(one, 'none.pem') } })
  })
})

interface Reply { status: number; body: string }
const over = (ca: string, port: number, path = '/'): Promise<Reply> => new Promise((resolve, reject) => {
  get({ host: '127.0.0.1', port, path, ca, agent: false }, (response) => {
    let body = ''
    response.on('data', (chunk) => { body += String(chunk) })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
  }).on('error', reject)
})

describe('listeners', () => {
  const start = async (loopbackHttp: { port: number } | null = { port: 0 }) => {
    const folder = await tempFolder()
    const tls = await ownTls({ folder, hostNames: [], clock: systemClock, random: systemRandom })
    let release = (): void => {}
    const released = new Promise<void>((resolve) => { release = resolve })
    const app = Fastify()
    app.get('/', async (request) => request.protocol)
    let arrived = (): void => {}
    const underWay = new Promise<void>((resolve) => { arrived = resolve })
    app.get('/slow', async () => { arrived(); await released; return 'done' })
    await app.ready()
    const options = { https: { host: '127.0.0.1', port: 0 }, loopbackHttp }
    const listeners = createListeners({ app: app as unknown as App, tls, clock: systemClock, options })
    const ports = await listeners.start()
    onTestFinished(async () => { release(); await listeners.stop(); await app.close() })
    return { ...ports, listeners, app, ca: await readFile(join(folder, 'ca.pem'), 'utf8'), release, underWay }
  }

  it('serve one application over HTTPS and loopback HTTP', async () => {
    const { httpsPort, httpPort, ca } = await start()
    expect(await over(ca, httpsPort)).toEqual({ status: 200, body: 'https' })
    expect(await (await fetch(`http://127.0.0.1:${httpPort}/`)).text()).toBe('http')
    await expect(over('', httpsPort)).rejects.toThrow(/certificate/)
  })

  it('leave plain HTTP out where it is not wanted', async () => {
    expect((await start(null)).httpPort).toBeNull()
  })

  it('finish what is under way before they end, and take nothing new', async () => {
    const { httpsPort, ca, listeners, release, underWay } = await start()
    const slow = over(ca, httpsPort, '/slow')
    await underWay
    const stopped = listeners.stop()
    await expect(over(ca, httpsPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    release()
    expect(await slow).toEqual({ status: 200, body: 'done' })
    await stopped
  })

  it('open nothing where one port is taken', async () => {
    const { httpPort, app, ca } = await start()
    const tls = await ownTls({ folder: await tempFolder(), hostNames: [], clock: systemClock, random: systemRandom })
    const second = createListeners({ app: app as unknown as App, tls, clock: systemClock, options: { https: { host: '127.0.0.1', port: 0 }, loopbackHttp: { port: httpPort ?? 0 } } })
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(ca).toContain('CERTIFICATE')
  })
})
