import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RosterItem } from '#contract/sync-roster.js'
import type { CommandResultV1 } from '#contract/device-messages.js'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import { person, personRef, uuid } from '../../../support/factories.js'
import { compiled } from '../../../support/compiled.js'
import { type GatewayApiServer, startGatewayApiServer } from '../../../support/gateway-api-server.js'
import { type TestDevice, connectDevice } from '../../../flow/support/gateway-devices.js'
import { type GatewayHome, createHome, until } from '../../../flow/support/gateway-rig.js'

export const PASSWORD = 'four-Horses-42'
const DAY_MS = 86_400_000

/** What the controller does with the next command: keeps it until told, or answers at once. */
export type Obedience = 'hold' | 'executed' | { readonly refused: NonNullable<CommandResultV1['reason']> }

/** A real gateway process whose server has gone, with a controller and a reader that the test plays. */
export interface DeskEstate {
  readonly origin: string
  readonly home: GatewayHome
  readonly server: GatewayApiServer
  readonly controller: TestDevice
  readonly reader: TestDevice
  obedience: Obedience
  /** Answers what was held. */
  answer(): Promise<void>
  /** Shows something at the reader. @returns what the reader is answered */
  present(way: 'qr' | 'card', value: string): Promise<string>
  doorEvent(type: 'forced' | 'forced-cleared' | 'opened' | 'closed'): Promise<void>
  records(kind: string): Promise<Array<Record<string, unknown>>>
  stop(): Promise<void>
}

const gate = (number: number, name: string): RosterItem => ({
  kind: 'gate.v2', gateId: `gate-${number}`, name, zoneId: 'all', devices: number === 1 ? [{ deviceId: 'rd-1', direction: 'in' }] : [], controllerId: `ctl-${number}`, doorNo: 1,
  releaseMs: 3_000, faceFreeWays: ['card', 'qr'], rules: NO_GATE_RULES,
})
const permit = (number: number): RosterItem => ({
  kind: 'permit.v2', permitId: uuid(number, 0xe), personRef: personRef(number), role: 'resident', gateIds: ['gate-1', 'gate-2'], validFromMs: Date.now() - DAY_MS,
  validUntilMs: Date.now() + 90 * DAY_MS, scheduleId: null,
})
/** A snapshot of the server: it knows nothing of what a desk agrees. */
export const roster = (): RosterItem[] => [
  { kind: 'reset.v1' },
  person(1, { displayName: '陈秀英' }), person(2, { displayName: '李建国' }), person(3, { displayName: '陈小明' }),
  permit(1), permit(2), permit(3),
  gate(1, '东门'), gate(2, '西门'), gate(3, '地下车库'),
  {
    kind: 'credential.v1', credentialId: uuid(1, 0x7), personRef: personRef(2), visitId: null, secret: { kind: 'card', number: 'ab12cd34' },
    validFromMs: Date.now() - DAY_MS, validUntilMs: Date.now() + 90 * DAY_MS,
  },
  { kind: 'complete.v1' },
]

export async function startDeskEstate(): Promise<DeskEstate> {
  compiled('gateway/main.js')
  const server = await startGatewayApiServer()
  server.publish(...roster())
  const home = createHome(server)
  home.config({ desk: { host: '127.0.0.1', port: 0 }, mqtt: { host: '127.0.0.1', port: 0 } })
  const launched = home.launch()
  const ready = await launched.ready()
  const passwordFile = join(home.folder, 'password')
  writeFileSync(passwordFile, `${PASSWORD}\n`)
  for (const [login, name, role] of [['wang', '王师傅', 'guard'], ['zhao', '赵经理', 'manager']] as const) {
    const added = await home.command('operator', 'add', '--login', login, '--name', name, '--role', role, '--password-file', passwordFile, '--json')
    if (added.code !== 0) throw new Error(`operator add: ${added.stdout}${added.stderr}`)
  }
  const held: Array<() => Promise<void>> = []
  const estate = { obedience: 'executed' as Obedience }
  const mqttPort = Number(ready['mqttPort'])
  const controller = await connectDevice(home, mqttPort, 'controller', 'ctl-1', (device, { kind, payload }) => {
    if (kind !== 'doorCommand' && kind !== 'doorMode') return
    const { commandId } = payload as { commandId: string }
    const answer = (refused: CommandResultV1['reason']) => device.send('commandResult', {
      v: 1, eventId: randomUUID(), commandId, bootId: device.bootId, monoMs: device.monoMs(), wallMs: Date.now(), outcome: refused === null ? 'executed' : 'refused', reason: refused,
    })
    const { obedience } = estate
    if (obedience === 'hold') held.push(() => answer(null))
    else void answer(obedience === 'executed' ? null : obedience.refused)
  })
  const reader = await connectDevice(home, mqttPort, 'reader', 'rd-1')
  return Object.assign(estate, {
    origin: `https://127.0.0.1:${String(ready['deskPort'])}`, home, server, controller, reader,
    async answer() {
      for (const each of held.splice(0)) await each()
    },
    async present(way: 'qr' | 'card', value: string) {
      const presentationId = randomUUID()
      await reader.send('credential', { v: 1, presentationId, bootId: reader.bootId, monoMs: reader.monoMs(), wallMs: Date.now(), way, value })
      const answer = () => reader.inbox.map(({ payload }) => payload as { presentationId?: string; outcome: string }).find((payload) => payload.presentationId === presentationId)
      await until(() => answer() !== undefined, 'an answer at the reader')
      return answer()?.outcome ?? ''
    },
    async doorEvent(type: 'forced' | 'forced-cleared' | 'opened' | 'closed') {
      await controller.send('doorEvent', { v: 1, eventId: randomUUID(), bootId: controller.bootId, monoMs: controller.monoMs(), wallMs: Date.now(), doorNo: 1, type, live: true })
    },
    records: async (kind: string) => (await home.records()).filter((record) => record['kind'] === kind),
    async stop() {
      await controller.end()
      await reader.end()
      await launched.end('SIGTERM')
      home.remove()
      await server.close()
    },
  })
}
