import type { VirtualDisk } from '../disk/virtual-disk.js'
import { type Life, createLife, createLifeClock } from '../engine/life.js'
import { type RealWork, holdTime } from '../engine/timeline.js'
import { type UplinkDeps, createUplink } from '../network/uplink.js'
import type { createVirtualBroker } from '../network/virtual-broker.js'
import type { World } from '../world.js'
import { type EngineWeather, type SimulatedEngine, createSimulatedEngine } from './face-engine.js'
import { type OpenGateway, openGateway } from './gateway-life.js'

/** The machine that the gateway runs on, with its supervisor. */
export interface GatewayHost {
  boot(): void
  /** What is open; undefined while it starts or is down. */
  open(): OpenGateway | undefined
  /** It dies at the step after so many, and is started again after a while. */
  dieAfter(steps: number, how: 'killed' | 'power-cut', offMs: number): void
  /** As an operator stops and starts it. */
  stop(offMs: number): void
  /** It is off, `meanwhile` happens, it is started again. */
  off(offMs: number, meanwhile: () => void): void
  kill(): void
  lives(): number
  /** True where the face of this person would be matched now, at any gate. */
  recognises(personRef: string): boolean
}

export interface GatewayHostDeps {
  readonly disk: VirtualDisk
  readonly broker: ReturnType<typeof createVirtualBroker>
  readonly uplink: UplinkDeps
  readonly engine: EngineWeather
  readonly matched: (personRef: string) => void
  readonly booted: () => void
  readonly arrived: (kind: 'cameraFrame' | 'credential', bytes: Uint8Array) => void
  readonly defect: (error: unknown) => void
  readonly work: RealWork
  readonly asksForOrders: boolean
}

/** A supervisor starts a process that ended by itself again after this. */
const RESTART_MS = 5_000

export function createGatewayHost(world: World, deps: GatewayHostDeps): GatewayHost {
  const { timeline, dice, template, machines, startWallMs, note } = world
  const { disk, broker, uplink } = deps
  let life: Life | undefined
  let opened: OpenGateway | undefined
  let faces: SimulatedEngine | undefined
  let lives = 0
  let isOver = false
  let filesMade = (): void => undefined
  let next: { how: 'killed' | 'power-cut'; offMs: number; meanwhile: () => void } = { how: 'killed', offMs: RESTART_MS, meanwhile: () => undefined }

  const died = (): void => {
    const { how, offMs, meanwhile } = next
    filesMade()
    next = { how: 'killed', offMs: RESTART_MS, meanwhile: () => undefined }
    note(`gateway ${how}`)
    life = undefined
    opened = undefined
    disk.leave(how)
    meanwhile()
    broker.restart()
    if (!isOver) timeline.after(offMs, boot)
  }
  const failed = (mine: Life, error: unknown): void => {
    if (!mine.isAlive()) return
    note(`gateway ends: ${error instanceof Error ? error.message : String(error)}`)
    mine.die()
  }
  const boot = (): void => {
    if (life !== undefined || isOver) return
    lives += 1
    const mine = createLife(died)
    life = mine
    note('gateway starts')
    deps.booted()
    const clock = createLifeClock({ timeline, life: mine, machine: machines.gateway, startWallMs })
    const chance = dice(`gateway ${lives}`)
    const engine = faces = createSimulatedEngine({ timeline, dice: dice(`engine ${lives}`), life: mine, weather: deps.engine, matched: deps.matched })
    // The store makes its files by the machine's own calls before it opens the database.
    const made = filesMade = holdTime(deps.work)
    const connect = disk.connect(mine)
    openGateway({
      process: { life: mine, clock, random: chance.random },
      disk: {
        path: disk.path(), templateKey: template.templateKey,
        connect(name, mode, busyMs) {
          if (name === disk.path()) made()
          return connect(name, mode, busyMs)
        },
      },
      peer: { client: createUplink(uplink, { life: mine, clock }), key: template.key },
      engine, publisher: broker.publisherOf(mine), config: template.config, asksForOrders: deps.asksForOrders,
    }).then((open) => {
      if (!mine.isAlive()) return
      note('gateway open')
      opened = open
      broker.open({
        ...open,
        route(kind, address, bytes) {
          if (kind === 'cameraFrame' || kind === 'credential') deps.arrived(kind, bytes)
          return open.route(kind, address, bytes)
        },
      })
    }, (error: unknown) => failed(mine, error)).catch(deps.defect)
  }
  return {
    boot,
    open: () => opened,
    dieAfter(steps, how, offMs) {
      if (life === undefined) return
      next = { ...next, how, offMs }
      life.dieAfter(steps)
    },
    stop(offMs) {
      const stopping = life
      if (opened === undefined || stopping === undefined) return
      broker.restart()
      opened.close().then(() => {
        next = { ...next, offMs }
        stopping.die()
      }, deps.defect)
    },
    off(offMs, meanwhile) {
      if (life === undefined) return meanwhile()
      next = { how: 'power-cut', offMs, meanwhile }
      life.die()
    },
    kill() {
      isOver = true
      life?.die()
    },
    lives: () => lives,
    recognises: (personRef) => faces?.holds(personRef) === true,
  }
}
