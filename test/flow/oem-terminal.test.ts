import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock.js'
import { silentLogger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import type { RosterItem } from '#contract/sync-roster.js'
import { createFaceSource } from '../../firmware-sim/frames/face-source.js'
import { GOOD_TERMINAL, type OemProfile } from '../../firmware-sim/oem/oem-faults.js'
import { type SimulatedTerminal, createOemTerminal } from '../../firmware-sim/oem/oem-terminal.js'
import { createTerminalFlash } from '../../firmware-sim/oem/terminal-flash.js'
import { consent, gate, permit, person, personRef } from '../support/factories.js'
import { type GatewayApiServer, startGatewayApiServer } from '../support/gateway-api-server.js'
import { type GatewayHome, type GatewayProcess, createHome, missing, photoOf, until } from './support/gateway-rig.js'

const RESIDENT = 's1-a'
const NEIGHBOUR = 's1-b'
const STRANGER = 's6-a'
const TERMINAL = 'oem-1'
const nowMs = Date.now()
const times = { grantedAtMs: nowMs - 60_000, expiresAtMs: nowMs + 3_600_000 }
const household = (n: number): RosterItem[] => [
  person(n), consent(n, times), permit(n, { validFromMs: nowMs - 60_000, validUntilMs: nowMs + 3_600_000 }),
]
/** Slow, busy at times, sends twice, writes old names and text numbers, and has a clock of its own. */
const AWKWARD: OemProfile = { ...GOOD_TERMINAL, oldNames: true, busy: 0.2, duplicate: 0.5, personMs: 100, skewMs: 2_000 }

let server: GatewayApiServer
let home: GatewayHome
let gateway: GatewayProcess & { readonly terminalPort?: number }
let terminal: SimulatedTerminal
const faces = createFaceSource()

const records = async (kind: string): Promise<Array<Record<string, unknown>>> => (await home.records()).filter((record) => record['kind'] === kind)
const passages = async () => (await records('passage.v2')).map((record) => [record['way'], record['result'], record['reason'], record['personRef']])
const terminalReport = async (): Promise<Record<string, unknown>> => {
  const { stdout } = await home.command('terminals', '--json')
  return (JSON.parse(stdout) as { terminals: Array<Record<string, unknown>> }).terminals[0] as Record<string, unknown>
}
const states = async (n: number): Promise<unknown[]> =>
  (await records('terminal-erasure.v1')).filter((record) => record['personRef'] === personRef(n)).map((record) => record['state'])

describe.skipIf(missing() !== undefined)('a face terminal of another maker at a real gateway', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    server = await startGatewayApiServer()
    server.publish(gate(1, { cameraIds: ['cam-1', TERMINAL] }), ...household(1), ...household(2))
    home = createHome(server)
    home.config({ terminals: { plainHost: '127.0.0.1', plainPort: 0, filesHost: '127.0.0.1', filesPort: 0 } })
    gateway = await home.start()
    const { terminalPort } = gateway.log().find((line) => line['msg'] === 'ready') as { terminalPort: number }
    const out = join(home.folder, TERMINAL)
    mkdirSync(out)
    const issued = await home.command('issue-terminal', '--id', TERMINAL, '--login', '--out', out, '--json')
    expect([issued.code, JSON.parse(issued.stdout)]).toMatchObject([0, { terminalId: TERMINAL, credential: 'login' }])
    const { userName, password } = JSON.parse(readFileSync(join(out, 'login.json'), 'utf8')) as { userName: string; password: string }
    terminal = createOemTerminal({
      terminalId: TERMINAL, access: { url: `mqtt://127.0.0.1:${terminalPort}`, userName, password }, profile: AWKWARD,
      flash: createTerminalFlash(join(home.folder, 'flash.json')), world: { clock: systemClock, random: seededRandom(7), log: silentLogger },
    })
    terminal.start()
  })
  afterAll(async () => {
    await terminal?.stop()
    home?.remove()
    await server?.close()
  })

  it('comes online, and holds nobody before anybody is enrolled', async () => {
    await until(async () => (await records('device-status.v2')).length > 0, 'its status')
    expect(await records('device-status.v2')).toMatchObject([{ deviceId: TERMINAL, deviceKind: 'terminal', status: 'online' }])
    expect(terminal.customIds()).toEqual([])
  })

  it('is given an enrolled person: the photo is fetched once and gone from the gateway when the terminal has it', async () => {
    for (const [n, faceId] of [[1, RESIDENT], [2, NEIGHBOUR]] as const) {
      const enrolled = await home.command('enrol', '--person', personRef(n), '--photo', await photoOf(home, faceId), '--json')
      expect([enrolled.code, JSON.parse(enrolled.stdout)]).toMatchObject([0, { kind: 'enrolled' }])
    }
    await until(() => terminal.customIds().length === 2, 'two persons on the terminal', 60_000)
    await until(async () => (await home.count('terminal_photo')) === 0, 'no photo left')
    expect(terminal.report().photosFetched).toBe(2)
    expect([await states(1), await states(2)]).toEqual([['held'], ['held']])
    expect(await terminalReport()).toMatchObject({ terminalId: TERMINAL, online: true, persons: { held: 2, wanted: 0, failed: 0, deleting: 0 }, errors: [], recordsMissing: 0 })
  })

  it('recognises: one record at the gateway, acknowledged, however often it is sent; a stranger is a refusal', async () => {
    expect(await terminal.show(await faces.photo(RESIDENT))).toMatchObject({ outcome: 'opened', customId: personRef(1) })
    expect(await terminal.show(await faces.photo(STRANGER))).toMatchObject({ outcome: 'stranger' })
    await until(() => terminal.report().recordsPending === 0, 'all acknowledged', 60_000)
    expect(await passages()).toEqual([['terminal-face', 'granted', null, personRef(1)], ['terminal-face', 'refused', 'not-recognised', null]])
  })

  it('a withdrawal reaches it over a power cut; the erasure is said to be done when it is, and nobody is recognised any more', async () => {
    await terminal.stop()
    server.publish({ kind: 'consent-deleted.v1', consentId: consent(1).consentId, personRef: personRef(1), cause: 'withdrawn' })
    await until(async () => (await states(1)).includes('pending'), 'the pending deletion')
    const kinds = (await home.records()).map((record) => record['kind'])
    expect(kinds.slice(kinds.indexOf('erasure.v1'))).toEqual(['erasure.v1', 'terminal-erasure.v1'])
    expect([terminal.customIds().length, (await terminalReport())['persons']]).toMatchObject([2, { held: 1, deleting: 1 }])
    terminal.start()
    terminal.reboot()
    await until(async () => (await states(1)).includes('done'), 'the proof', 60_000)
    expect([await states(1), await states(2), terminal.customIds()]).toEqual([['held', 'pending', 'done'], ['held'], [personRef(2)]])
    const before = (await passages()).length
    expect(await terminal.show(await faces.photo(RESIDENT))).toMatchObject({ outcome: 'stranger' })
    expect(await terminal.show(await faces.photo(NEIGHBOUR))).toMatchObject({ outcome: 'opened' })
    await until(() => terminal.report().recordsPending === 0, 'all acknowledged', 60_000)
    expect((await passages()).slice(before).filter(([, result]) => result === 'granted')).toEqual([['terminal-face', 'granted', null, personRef(2)]])
  })

  it('a gateway that is killed with a deletion under way asks again when it is back', async () => {
    await terminal.stop()
    server.publish({ kind: 'permit-deleted.v1', permitId: permit(2).permitId })
    await until(async () => (await states(2)).includes('pending'), 'the pending deletion')
    const { terminalPort } = gateway.log().find((line) => line['msg'] === 'ready') as { terminalPort: number }
    await gateway.end('SIGKILL')
    home.config({ terminals: { plainHost: '127.0.0.1', plainPort: terminalPort, filesHost: '127.0.0.1', filesPort: 0 } })
    gateway = await home.start()
    terminal.start()
    await until(async () => (await states(2)).includes('done'), 'the proof', 60_000)
    expect([await states(2), terminal.customIds()]).toEqual([['held', 'pending', 'done'], []])
  })

  it('a revoked terminal is cut off and not let in again; nothing of a password is in the log', async () => {
    const connects = terminal.report().connects
    expect((await home.command('revoke-device', '--id', TERMINAL)).code).toBe(0)
    await until(async () => (await terminalReport())['online'] === false, 'the end of the connection')
    await until(() => gateway.log().some((line) => line['reason'] === 'revoked'), 'the refusal')
    expect(terminal.report().connects).toBe(connects)
    const { password } = JSON.parse(readFileSync(join(home.folder, TERMINAL, 'login.json'), 'utf8')) as { password: string }
    expect(JSON.stringify(gateway.log())).not.toContain(password)
  })
})
