import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Child, eventually, runCommand, startChild } from './support/child.js'
import type { Resident } from './support/estate-under-test.js'
import { type RunningSystem, startSystem } from './support/running-system.js'

const MINUTES_MAX = 15
const [STAYS, LEAVES] = ['s1-a', 's1-c']

interface Proof {
  readonly verdict: string
  readonly epochs: ReadonlyArray<{ epoch: number; records: number; chain: string; head: string; startFollows: boolean }>
}
interface Passage {
  readonly result: string
  readonly personRef: string | null
  readonly epoch: number
}

/** Real processes; the devices are never told of anything. */
describe('a gateway dies for good, and other hardware takes its place from a backup', { timeout: 240_000 }, () => {
  let system: RunningSystem
  let old: Child
  let young: Child | undefined
  let stays: Resident
  let leaves: Resident
  let config: Record<string, unknown>
  const at = (name: string): string => join(system.dir, name)
  const gatewayOn = (name: string, change: object): Child => {
    writeFileSync(at(name), JSON.stringify({ ...config, ...change }))
    return startChild('gateway/main.js', ['--config', at(name)])
  }
  const command = async (name: string, ...args: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await runCommand('gateway/main.js', ['--config', at(name), ...args, '--json'])
    if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }
  const passages = async (): Promise<readonly Passage[]> => (await system.server.api<{ items: Passage[] }>('GET', '/api/access-log?limit=100')).items

  beforeAll(async () => {
    system = await startSystem('replacement')
    stays = await system.enrolled('示例住户1', STAYS as string)
    leaves = await system.enrolled('示例住户2', LEAVES as string)
    await system.devices({ residents: [STAYS as string], strangers: [] })
    await system.estate.stop()
    mkdirSync(at('usb'))
    writeFileSync(at('passphrase'), 'correct horse battery staple\n')
    const given = JSON.parse(readFileSync(at('gateway.json'), 'utf8')) as { mqtt: object }
    config = {
      ...given, mqtt: { ...given.mqtt, port: system.estate.mqttPort() },
      backup: { folder: at('usb'), passphraseFile: at('passphrase'), everyHours: 720, keep: 2 },
    }
    old = gatewayOn('old.json', {})
    await old.line('ready')
  }, 240_000)
  afterAll(async () => {
    await young?.stop()
    await old?.kill()
    await system?.stop()
  })

  it('goes on in a new epoch with nobody enrolled again, in minutes, and knows what was withdrawn meanwhile', async () => {
    await eventually('a passage on the old hardware', async () => ((await passages()).some((one) => one.result === 'granted') ? true : undefined), 120_000)
    const { file } = await command('old.json', 'backup')
    expect(readdirSync(at('usb'))).toContain(String(file).slice(at('usb').length + 1))

    await old.kill()
    const sinceMs = performance.now()
    await system.server.api('POST', `/api/consents/${leaves.consentId}/withdraw`, {})
    const { gatewayId, claimToken } = await system.server.api<{ gatewayId: string; claimToken: string }>('POST', `/api/gateways/${system.estate.gatewayId}/replace`)
    expect(gatewayId).toBe(system.estate.gatewayId)
    writeFileSync(at('new.claim'), claimToken, { mode: 0o600 })
    const change = { dataDir: at('new'), claimTokenFile: at('new.claim') }
    writeFileSync(at('new.json'), JSON.stringify({ ...config, ...change }))
    expect(await command('new.json', 'restore', '--from', String(file), '--passphrase-file', at('passphrase'))).toMatchObject({ gatewayId })
    young = gatewayOn('new.json', change)
    await young.line('ready')
    expect(await command('new.json', 'status')).toMatchObject({ gatewayId, log: { epoch: 2 }, face: { galleryPersons: 1 } })

    const first = await eventually('a passage on the new hardware', async () => (await passages()).find((one) => one.epoch === 2 && one.result === 'granted'), 120_000)
    const minutes = (performance.now() - sinceMs) / 60_000
    console.log(`from the kill to the first door opened by the new hardware: ${(minutes * 60).toFixed(1)} s`)
    expect(first.personRef).toBe(stays.personRef)
    expect(minutes).toBeLessThan(MINUTES_MAX)
  })

  it('the old hardware opens nothing at the server any more', async () => {
    const given = config['mqtt'] as object
    const back = gatewayOn('old-again.json', { mqtt: { ...given, port: 0 } })
    const refusal = await eventually('the refusal', async () => back.lines.find((line) => JSON.stringify(line).includes('SV_GATEWAY_CREDENTIAL')), 60_000)
    expect(refusal).toBeDefined()
    await back.kill()
  })

  it('and the log is proved over both', async () => {
    const proof = await system.server.api<Proof>('GET', `/api/integrity/${system.estate.gatewayId}/proof`)
    expect(proof.epochs.map(({ epoch, chain, startFollows }) => ({ epoch, chain, startFollows }))).toEqual([
      { epoch: 1, chain: 'verified', startFollows: true }, { epoch: 2, chain: 'verified', startFollows: true },
    ])
    expect(proof.verdict).not.toBe('tampered')
  })
})
