import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configKeys } from '../../server/config-schema.js'
import { loadConfig, parseConfig, serverConfigKeys } from '../../server/config.js'
import { packageRoot } from '../../server/package-root.js'
import { tempFolder } from './support/temp-database.js'

const EXAMPLE = join(packageRoot(), 'server/config.example.json')

const errorsOf = (given: unknown): unknown => {
  try {
    parseConfig(given, '/etc/estates/server.json')
  } catch (error) {
    return (error as { details: { errors: unknown } }).details.errors
  }
  return []
}

const leaves = (value: unknown, place = ''): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, place === '' ? name : `${place}.${name}`)) : [place]

describe('configuration', () => {
  it('fills in everything but the data folder', () => {
    expect(parseConfig({ dataDir: 'data' }, '/etc/estates/server.json')).toEqual({
      dataDir: '/etc/estates/data',
      database: { url: 'file:/etc/estates/data/server.db' },
      https: { host: '0.0.0.0', port: 8443, certFile: null, keyFile: null, hostNames: [] },
      loopbackHttp: null,
      session: { hours: 12, idleMinutes: 60, residentDays: 30 },
      visitor: { openPerHouseholdMax: 5, daysMax: 7, carerDaysMax: 366, nameDays: 30 },
      message: { timeoutMs: 10_000, demo: false, sms: null, wechat: null },
      payment: { timeoutMs: 10_000, doublePayment: 'prepayment', demo: false, wechat: null, alipay: null },
      receipts: null,
      log: { level: 'info' },
    })
  })

  it('lets money go over plain HTTP to a sandbox alone', () => {
    const alipay = {
      appId: '2021000000000001', sellerId: '2088021109625633', privateKeyFile: 'a', alipayPublicKeyFile: 'b', gatewayUrl: 'http://127.0.0.1:1/gateway.do',
      notifyUrl: 'http://127.0.0.1:2/notify/alipay',
    }
    expect(errorsOf({ dataDir: 'd', payment: { alipay } })).toEqual(['payment.alipay.gatewayUrl: must be https, but where payment.demo is true'])
    expect(errorsOf({ dataDir: 'd', payment: { demo: true, alipay } })).toEqual([])
  })

  it('counts paths from the folder of the file', () => {
    const config = parseConfig({ dataDir: '/var/estates', database: { url: 'file:../db/x.db' }, https: { certFile: 'c.pem', keyFile: '/k.pem' } }, '/etc/estates/server.json')
    expect([config.dataDir, config.database.url, config.https.certFile, config.https.keyFile]).toEqual(['/var/estates', 'file:/etc/db/x.db', '/etc/estates/c.pem', '/k.pem'])
  })

  it('names every wrong key at once', () => {
    const wrong = {
      https: { port: 70_000, hostnames: [], host: '' }, database: { url: 'postgres://x' }, loopbackHttp: { port: 'x' },
      session: { hours: 0.5 }, log: { level: 'loud' }, extra: 1,
    }
    expect(errorsOf(wrong)).toEqual([
      'extra: is no key of the configuration',
      'dataDir: is missing',
      'database.url: must be null, or must match pattern "^file:."',
      'https.hostnames: is no key of the configuration',
      'https.host: must not have fewer than 1 characters',
      'https.port: must be <= 65535',
      'loopbackHttp.port: must be integer',
      'session.hours: must be integer, must be >= 1',
      'log.level: must be one of debug, info, warn, error',
    ])
  })

  it.each([[null, '(root): must be an object'], [[], '(root): must be an object'], [{ dataDir: 'd', loopbackHttp: 80 }, 'loopbackHttp: must be an object or null'],
    [{ dataDir: 'd', https: { certFile: 'c.pem' } }, 'https.keyFile: must be given exactly where https.certFile is'],
    [{ dataDir: 'd', https: null }, 'https: must be an object']])('refuses %j', (given, error) => {
    expect(errorsOf(given)).toEqual([error])
  })

  it('says what is wrong with the file itself', async () => {
    const file = join(await tempFolder(), 'c.json')
    expect(() => loadConfig(file)).toThrow(expect.objectContaining({ code: 'SV_CONFIG', details: { file, errors: ['(file): cannot be read'] } }))
    await writeFile(file, '{')
    expect(() => loadConfig(file)).toThrow(expect.objectContaining({ details: { file, errors: [expect.stringMatching(/^\(file\): is not JSON/)] } }))
  })

  it('cannot be changed afterwards', () => {
    const config = parseConfig({ dataDir: 'd' }, '/x/c.json') as { https: { port: number } }
    expect(() => { config.https.port = 1 }).toThrow(TypeError)
  })

  it('has a true example that names every key', () => {
    const example: unknown = JSON.parse(readFileSync(EXAMPLE, 'utf8'))
    expect(loadConfig(EXAMPLE).https.hostNames).toEqual(['estates.example.lan'])
    const keys = configKeys().map(({ key }) => key).filter((key) => !['loopbackHttp', 'payment.wechat', 'payment.alipay', 'message.sms', 'message.wechat', 'receipts'].includes(key))
    expect(leaves(example).sort()).toEqual(keys.sort())
  })

  it('describes every key with a meaning and, for numbers, unit and bounds', () => {
    for (const { key, schema } of configKeys()) {
      expect(schema.description, key).toBeTruthy()
      if (schema.type === 'integer') expect([schema.unit, schema.minimum, schema.maximum], key).not.toContain(undefined)
    }
    expect(serverConfigKeys().split('\n')).toHaveLength(configKeys().length + 2)
  })
})
