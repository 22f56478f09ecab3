import { createIdSource } from '#kernel/ids.js'
import { AppError } from '#kernel/app-error.js'
import type { DiskImage, VirtualDisk } from './disk/virtual-disk.js'
import type { EngineWeather } from './gateway/face-engine.js'
import { pictureOf } from './gateway/face-engine.js'
import type { GatewayHost } from './gateway/gateway-host.js'
import type { Fleet } from './device/fleet.js'
import { FAIR_LINK, type createVirtualBroker } from './network/virtual-broker.js'
import { FAIR_UPLINK, type UplinkDeps } from './network/uplink.js'
import { type Action, type Fault, type Plan, describe } from './plan.js'
import type { ServerHost } from './server/server-host.js'
import type { ServerLife } from './server/server-life.js'
import { CONSENT_MS, ESTATE_ID, GATES, OPERATOR } from './template.js'
import type { Witness } from './witness.js'
import type { World } from './world.js'

export interface StepperDeps {
  readonly world: World
  readonly plan: Plan
  readonly disk: VirtualDisk
  readonly broker: ReturnType<typeof createVirtualBroker>
  readonly uplink: UplinkDeps
  readonly engine: EngineWeather
  readonly gateway: GatewayHost
  readonly server: ServerHost
  readonly fleet: Fleet
  readonly witness: Witness
}

export interface Stepper {
  schedule(): void
  /** From now on nothing goes wrong: what was off is on again. */
  heal(): void
}

const HOUR_MS = 3_600_000
const FAIR_ENGINE_MS = 60
type Of<Union extends { kind: string }, Kind extends Union['kind']> = Extract<Union, { kind: Kind }>
type Doers<Union extends { kind: string }> = { readonly [Kind in Union['kind']]: (one: Of<Union, Kind>) => void }

/** Lets a manager work at the server; what it refuses, or dies over, has not happened. */
function createManager({ world, server, witness }: StepperDeps) {
  const { template, timeline, dice, startWallMs, note } = world
  const ids = createIdSource({ clock: { wallMs: () => startWallMs + timeline.nowMs(), monoMs: timeline.nowMs, after: timeline.after }, random: dice('managers').random })
  const work = (what: string, does: (now: ServerLife) => Promise<unknown>): void => {
    const now = server.now()
    if (now === undefined) return
    does(now).then(() => note(`manager: ${what} is done`), (error: unknown) => {
      if (!(error instanceof AppError)) witness.violate('defect', `${what}: ${error instanceof Error ? error.stack : String(error)}`)
      note(`manager: ${what} is refused`)
    })
  }
  const open = <T extends { readonly endedAtMs: number | null }>(rows: readonly T[]): T[] => rows.filter(({ endedAtMs }) => endedAtMs === null)
  const order = (request: Parameters<ServerLife['orders']['give']>[1]['request']): void => {
    const operatorRef = ids.uuid()
    work(`order ${request.kind}`, (now) => {
      witness.openings.ordered(operatorRef)
      return now.orders.give(operatorRef, { estateId: ESTATE_ID, request })
    })
  }
  const refOf = (person: number): string => template.persons[person]?.personRef ?? ''
  return {
    order,
    withdrawConsent: (person: number) => work('withdraw', async ({ consents }) => {
      for (const { consentId } of open(await consents.listOfPerson(refOf(person)))) await consents.withdraw(OPERATOR, consentId)
    }),
    grantConsent: (person: number) => work('consent', ({ consents, clock }) =>
      consents.grant(OPERATOR, { personRef: refOf(person), noticeVersion: 'face-access-1', guardianRef: null, expiresAtMs: clock.wallMs() + CONSENT_MS / 2 })),
    endPermit: (person: number) => work('end permit', async ({ permits }) => {
      for (const { permitId } of open(await permits.listOfPerson(refOf(person)))) await permits.withdraw(OPERATOR, permitId)
    }),
    issuePermit: (person: number) => work('permit', ({ permits, clock }) => permits.issue(OPERATOR, {
      personRef: refOf(person), role: 'resident', gateIds: GATES.map((gate) => `gate-${gate}`), scheduleId: null, validFromMs: 0, validUntilMs: clock.wallMs() + 100 * HOUR_MS,
    })),
    removePerson: (person: number) => work('remove', ({ persons }) => persons.remove(OPERATOR, refOf(person))),
  }
}

function createActions(deps: StepperDeps): Doers<Action> {
  const { world: { template, timeline, note }, fleet, gateway } = deps
  const manager = createManager(deps)
  const hands = (gate: number) => fleet.controllers[gate]?.hands
  return {
    face: ({ person, gate, frames }) => fleet.cameras[gate]?.show(person, frames),
    card: ({ person, gate }) => fleet.readers[gate]?.present(template.persons[person]?.card ?? ''),
    enrol({ person }) {
      const { enrolment } = gateway.open()?.sync ?? {}
      enrolment?.enrol(template.persons[person]?.personRef ?? '', [pictureOf(person)])
        .then(({ kind }) => note(`enrol: ${kind}`), (error: unknown) => note(`enrol: ${String(error)}`))
    },
    forced({ gate }) {
      hands(gate)?.contact(1, 'open')
      timeline.after(3_000, () => hands(gate)?.contact(1, 'closed'))
    },
    'exit-button': ({ gate }) => hands(gate)?.exitButton(1),
    fire({ gate, forMs }) {
      hands(gate)?.fireInput(true)
      timeline.after(forMs, () => {
        hands(gate)?.fireInput(false)
        hands(gate)?.fireReset()
      })
    },
    'order-open': ({ gate }) => manager.order({ kind: 'open-door.v1', content: { gateId: `gate-${gate + 1}`, reason: 'visitor' } }),
    'order-mode': ({ gate, mode }) => manager.order({ kind: 'door-mode.v1', content: { gateId: `gate-${gate + 1}`, mode, reason: 'maintenance' } }),
    'withdraw-consent': ({ person }) => manager.withdrawConsent(person),
    'grant-consent': ({ person }) => manager.grantConsent(person),
    'end-permit': ({ person }) => manager.endPermit(person),
    'issue-permit': ({ person }) => manager.issuePermit(person),
    'remove-person': ({ person }) => manager.removePerson(person),
  }
}

function createFaults({ world, disk, broker, uplink, engine, gateway, server, fleet, witness }: StepperDeps): Doers<Fault> {
  const { timeline, machines } = world
  let copy: { image: DiskImage; atMs: number } | undefined
  /** Weather that passes: an earlier one's end does not end a later one. */
  const passing = <T extends object>(weather: T, now: Partial<T>, fair: Partial<T>, forMs: number): void => {
    Object.assign(weather, now)
    timeline.after(forMs, () => void Object.assign(weather, fair))
  }
  const talker = (index: number) => fleet.talkers[index]
  return {
    'gateway-dies': ({ steps, how, offMs }) => gateway.dieAfter(steps, how, offMs),
    'gateway-stops': ({ offMs }) => gateway.stop(offMs),
    'server-dies': ({ steps, offMs }) => server.dieAfter(steps, offMs),
    uplink: ({ weather, forMs }) => passing(uplink.weather, weather, FAIR_UPLINK, forMs),
    link({ device, weather, forMs }) {
      const plug = talker(device)?.plug
      if (plug !== undefined) passing(plug.weather, weather, FAIR_LINK, forMs)
    },
    'device-cut': ({ device, isSilent }) => talker(device)?.plug.cut(isSilent),
    'device-reboot': ({ device, offMs }) => (offMs === 0 ? talker(device)?.reboot() : talker(device)?.powerOff(offMs)),
    'broker-restart': () => broker.restart(),
    'wall-jump': ({ machine, ms }) => {
      const target = machine === 'device' ? machines.devices[0] : machines[machine]
      if (target !== undefined) target.wallAheadMs += ms
    },
    'disk-full': ({ forMs }) => passing(disk.weather, { isFull: true }, { isFull: false }, forMs),
    'disk-slow': ({ commitMs, forMs }) => passing(disk.weather, { commitMs }, { commitMs: 0 }, forMs),
    'engine-slow': ({ inferenceMsMax, forMs }) => passing(engine, { inferenceMsMax }, { inferenceMsMax: FAIR_ENGINE_MS }, forMs),
    'old-command'({ gate, newest }) {
      const plug = fleet.controllers[gate]?.talker.plug
      if (plug !== undefined) broker.replay(plug, 'doorCommand', newest)
    },
    'disk-copied': () => {
      if (gateway.open() !== undefined) copy = { image: disk.image(), atMs: timeline.nowMs() }
    },
    'disk-restored'() {
      const taken = copy
      if (taken === undefined) return
      gateway.off(1_000, () => {
        disk.replace(taken.image)
        witness.diskReplaced(taken.atMs)
      })
    },
    night({ hours }) {
      const offMs = hours * HOUR_MS
      for (const each of fleet.talkers) each.powerOff(offMs)
      gateway.off(offMs, () => undefined)
      server.dieAfter(0, offMs)
    },
  }
}

/** Carries out a plan, each happening at its time by the true clock. */
export function createStepper(deps: StepperDeps): Stepper {
  const { world: { timeline, note }, plan, disk, uplink, engine, gateway, server, fleet } = deps
  const actions = createActions(deps)
  const faults = createFaults(deps)
  return {
    schedule() {
      for (const happening of plan.happenings) {
        timeline.after(happening.atMs, () => {
          note(`* ${describe(happening)}`)
          if ('action' in happening) (actions[happening.action.kind] as (one: Action) => void)(happening.action)
          else (faults[happening.fault.kind] as (one: Fault) => void)(happening.fault)
        })
      }
    },
    heal() {
      note('* all is well')
      Object.assign(uplink.weather, FAIR_UPLINK)
      Object.assign(disk.weather, { isFull: false, commitMs: 0 })
      engine.inferenceMsMax = FAIR_ENGINE_MS
      for (const { plug, powerOn } of fleet.talkers) {
        Object.assign(plug.weather, FAIR_LINK)
        powerOn()
      }
      server.boot()
      gateway.boot()
    },
  }
}
