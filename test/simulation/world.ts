import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { decodeMessage } from '#contract/codec.js'
import { createStepper } from './happen.js'
import { createVirtualDisk } from './disk/virtual-disk.js'
import { type Dice, createDice } from './engine/dice.js'
import { createHistory } from './engine/history.js'
import type { MachineTime } from './engine/life.js'
import { type Timeline, createTimeline } from './engine/timeline.js'
import { createGatewayHost } from './gateway/gateway-host.js'
import { createVirtualBroker } from './network/virtual-broker.js'
import { FAIR_UPLINK } from './network/uplink.js'
import { createFleet } from './device/fleet.js'
import type { Plan } from './plan.js'
import { createServerHost } from './server/server-host.js'
import type { Template } from './template.js'
import { judgeEnd, onItsWay } from './verdict.js'
import { type Violation, createWitness } from './witness.js'
import { START_WALL_MS } from '../support/virtual-clock.js'

export interface WorldResult {
  readonly violations: readonly Violation[]
  /** SHA-256 of everything that happened. */
  readonly digest: string
  readonly tail: readonly string[]
  readonly figures: Readonly<Record<string, number>>
}

/** How long a world may take to bring everything home once nothing goes wrong any more. */
const DRAIN_MS_MAX = 10 * 60_000
const DRAIN_LOOK_MS = 5_000
/** Steps of the machine's quartz, millionths either way. */
const QUARTZ_PPM = 80

/** The parts of one world, all on one timeline. */
export interface World {
  readonly timeline: Timeline
  readonly dice: (use: string) => Dice
  readonly template: Template
  readonly machines: { readonly gateway: MachineTime; readonly server: MachineTime; readonly devices: readonly MachineTime[] }
  readonly startWallMs: number
  readonly note: (line: string) => void
}

const machine = (dice: Dice): MachineTime => ({ rate: 1 + dice.between(-QUARTZ_PPM, QUARTZ_PPM) / 1e6, wallAheadMs: 0 })

/** Lives through a plan, brings everything home, and judges. @param linesKept of the history, for those who want to read it */
export async function runWorld(template: Template, plan: Plan, linesKept = 0): Promise<WorldResult> {
  const work = { underWay: 0 }
  const timeline = createTimeline(work)
  const history = createHistory(linesKept)
  const dice = (use: string): Dice => createDice(plan.seed, use)
  const note = (line: string): void => history.note(timeline.nowMs(), line)
  const quartz = dice('quartz')
  const machines = { gateway: machine(quartz), server: machine(quartz), devices: Array.from({ length: 6 }, () => machine(quartz)) }
  const world: World = { timeline, dice, template, machines, startWallMs: START_WALL_MS, note }

  template.server.restore()
  const folder = mkdtempSync(join(template.folder, 'world-'))
  const disk = createVirtualDisk({ folder: join(folder, 'disk'), dice: dice('disk'), timeline, onCommit: () => witness.committed() })
  const { commandValidityMs } = template.config.access
  const witness = createWitness({ timeline, disk, patience: { commandValidityMs, orderValidityMs: 10_000 } })
  const defect = (error: unknown): void => witness.violate('defect', error instanceof Error ? (error.stack ?? error.message) : String(error))
  disk.replace(template.gateway)
  const server = createServerHost(world, work)
  const broker = createVirtualBroker({ timeline, dice: dice('broker'), note, published: witness.published })
  const uplink = { timeline, dice: dice('uplink'), weather: { ...FAIR_UPLINK }, server: server.now, note, left: witness.left }
  const engine = { inferenceMsMax: 60 }
  const gateway = createGatewayHost(world, {
    disk, broker, uplink, engine, matched: witness.matched, booted: witness.booted, defect, work, asksForOrders: plan.hasOrders,
    arrived(kind, bytes) {
      const decoded = decodeMessage(kind, bytes)
      if (decoded.ok) witness.openings.arrived('header' in decoded.value ? decoded.value.header.frameId : decoded.value.presentationId)
    },
  })
  const fleet = createFleet(world, { broker, folder: join(folder, 'flash'), witness })
  const happen = createStepper({ world, plan, disk, broker, uplink, engine, gateway, server, fleet, witness })
  const rejected = (error: unknown): void => defect(error)
  process.on('unhandledRejection', rejected)
  try {
    server.boot()
    gateway.boot()
    fleet.start()
    happen.schedule()
    await timeline.run(plan.endMs)
    happen.heal()
    const home = { disk, fleet, template, gateway }
    for (let waitedMs = 0; waitedMs < DRAIN_MS_MAX && onItsWay(home, witness.replacements() > 0) !== undefined && witness.violations.length === 0; waitedMs += DRAIN_LOOK_MS) {
      await timeline.run(timeline.nowMs() + DRAIN_LOOK_MS)
    }
    // A death that is still to come must not take the server in the middle of its own proof: time stands still for the judge.
    server.spare()
    if (witness.violations.length === 0) await judgeEnd({ ...home, witness, server: server.now(), plan })
  } catch (error) {
    defect(error)
  } finally {
    gateway.kill()
    server.kill()
    await timeline.run(timeline.nowMs() + 1)
    process.off('unhandledRejection', rejected)
    disk.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const figures = {
    ...witness.counts(), happened: timeline.happened(), virtualHours: timeline.nowMs() / 3_600_000, gatewayLives: gateway.lives(), serverLives: server.lives(),
    messages: broker.carried(), serverQuestions: server.asked(),
  }
  return { violations: witness.violations, digest: history.digest(), tail: history.tail(), figures }
}
