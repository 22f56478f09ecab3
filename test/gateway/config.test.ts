import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { configKeys } from '../../gateway/config-schema.js'
import { gatewayConfigKeys, loadConfig, loadFaceWorkerConfig, parseConfig } from '../../gateway/config.js'
import { FaceWorkerConfigSchema } from '../../gateway/face-host/worker-config.js'
import { AppError } from '../../gateway/kernel/app-error.js'

const EXAMPLE = fileURLToPath(new URL('../../gateway/config.example.json', import.meta.url))
const least = { dataDir: 'data', server: { url: 'https://server.example' } }

function errorsOf(given: unknown): unknown {
  try {
    parseConfig(given, '/etc/estate/gateway.json')
    return 'accepted'
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).code).toBe('GW_CONFIG')
    return (error as AppError).details['errors']
  }
}

const namesIn = (value: unknown, prefix = ''): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, inner]) => namesIn(inner, prefix === '' ? name : `${prefix}.${name}`))
    : [prefix]

describe('gateway configuration', () => {
  it('the example file is valid and names every key and no other', () => {
    expect(() => loadConfig(EXAMPLE)).not.toThrow()
    expect(namesIn(JSON.parse(readFileSync(EXAMPLE, 'utf8'))).sort()).toEqual(configKeys().map(({ key }) => key).sort())
  })

  it('every key says what it means and its unit, every number its bounds', () => {
    for (const { key, schema } of configKeys()) {
      expect(schema.description, key).toMatch(/\w{3}/)
      expect(schema.unit, key).toMatch(/\w/)
      if ('type' in schema && (schema.type === 'integer' || schema.type === 'number')) {
        expect([typeof schema.minimum, typeof schema.maximum], key).toEqual(['number', 'number'])
      }
    }
  })

  it('fills in every default that is within its own bounds', () => {
    const config = parseConfig(least, '/etc/estate/gateway.json')
    expect(config.mqtt).toEqual({ host: '0.0.0.0', port: 8_883, hostNames: [], brokerUrl: null, connectionsMax: 256, deviceCertificateDays: 3_650 })
    expect(config.claimTokenFile).toBeNull()
    expect(namesIn(config).sort()).toEqual(configKeys().map(({ key }) => key).sort())
  })

  it('counts relative paths from the folder of the file and leaves absolute ones', () => {
    const config = parseConfig({ ...least, claimTokenFile: '../claim', server: { ...least.server, caFile: '/srv/ca.pem' } }, '/etc/estate/gateway.json')
    expect([config.dataDir, config.claimTokenFile, config.server.caFile]).toEqual(['/etc/estate/data', '/etc/claim', '/srv/ca.pem'])
  })

  it('a face worker\'s example is valid and names every key and no other', () => {
    const example = fileURLToPath(new URL('../../gateway/face-worker.example.json', import.meta.url))
    expect(loadFaceWorkerConfig(example)).toMatchObject({ workers: 2, certificateFolder: expect.stringMatching(/^\//) })
    expect(namesIn(JSON.parse(readFileSync(example, 'utf8'))).sort()).toEqual(configKeys(FaceWorkerConfigSchema).map(({ key }) => key).sort())
  })

  it('a camera belongs to one face worker, and a worker is named once, each with what it needs', () => {
    const remote = (name: string, ...cameras: string[]) => ({ name, cameras, fallback: 'local' })
    const of = (...remotes: object[]) => errorsOf({ ...least, face: { remotes } })
    expect(of(remote('fw-1', 'cam-1'), remote('fw-2', 'cam-2'))).toBe('accepted')
    expect(of(remote('fw-1', 'cam-1', 'cam-2'), remote('fw-2', 'cam-2'), remote('fw-1', 'cam-3'))).toEqual([
      'face.remotes: two of them are named fw-1', 'face.remotes: camera cam-2 belongs to two of them',
    ])
    expect(of(remote('fw-1', 'cam-1'), { name: 'FW', cameras: [], fallback: 'local' })).toEqual([
      'face.remotes.1.name: must match pattern "^[a-z0-9][a-z0-9-]{0,31}$"', 'face.remotes.1.cameras: must not have fewer than 1 items',
    ])
  })

  it('half of what backups need is an error that names the other half, and no estate without backups', () => {
    const of = (backup: object) => errorsOf({ ...least, backup })
    expect(of({ folder: 'b' })).toEqual(['backup.passphraseFile: is missing: backups need it beside backup.folder, or neither for none'])
    expect(of({ passphraseFile: 'p' })).toEqual(['backup.folder: is missing: backups need it beside backup.passphraseFile, or neither for none'])
    expect([of({}), of({ folder: 'b', passphraseFile: 'p' })]).toEqual(['accepted', 'accepted'])
  })

  it('is frozen to the bottom', () => {
    const config = parseConfig(least, '/etc/gateway.json')
    expect(() => Object.assign(config.face, { livenessMin: 0 })).toThrow(TypeError)
    expect(() => Object.assign(config, { face: {} })).toThrow(TypeError)
  })

  it('names every wrong key at once', () => {
    expect(errorsOf({
      server: { url: 'http://server.example', caFile: 7 }, mqtt: { port: 70_000, hots: 'x' }, ops: { host: '0.0.0.0' },
      face: { livenessMin: 1.5, workers: 1.5 }, log: { level: 'loud' }, colour: 'red',
    })).toEqual([
      'colour: is no key of the configuration',
      'dataDir: is missing',
      'server.url: must match pattern "^https://[^/?#\\s]+/?$"',
      'server.caFile: must be null, or must be string',
      'mqtt.hots: is no key of the configuration',
      'mqtt.port: must be <= 65535',
      'ops.host: must match pattern "^(127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|::1|localhost)$"',
      'face.workers: must be integer',
      'face.livenessMin: must be <= 1, or must be null',
      'log.level: must be one of debug, info, warn, error',
    ])
  })

  it.each([['a list', []], ['null', null], ['text', 'x'], ['a section that is no object', { ...least, face: 3 }]])('refuses %s', (_, given) => {
    expect(errorsOf(given)).toEqual([expect.stringMatching(/: must be an object$/)])
  })

  it('says that a file is absent or no JSON', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gw-config-'))
    writeFileSync(join(folder, 'bad.json'), '{"dataDir":')
    expect(() => loadConfig(join(folder, 'none.json'))).toThrow('GW_CONFIG')
    expect(() => loadConfig(join(folder, 'bad.json'))).toThrow('GW_CONFIG')
  })

  it('renders one table row per key', () => {
    const rows = gatewayConfigKeys().split('\n')
    expect(rows).toHaveLength(configKeys().length + 2)
    expect(rows).toContain('| `sync.requestTimeoutMs` | Longest time for one request to the server | ms | 100–120000 | `10000` |')
    expect(rows.every((row) => row.replaceAll('\\|', '').split('|').length === 7)).toBe(true)
  })
})
