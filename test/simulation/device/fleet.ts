import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import type { VirtualBroker } from '../network/virtual-broker.js'
import { DEVICES, GATES } from '../template.js'
import type { Witness } from '../witness.js'
import type { World } from '../world.js'
import { type Camera, createCamera } from './camera.js'
import { type DoorController, createDoorController } from './door-controller.js'
import { type Reader, createReader } from './reader.js'
import type { Talker } from './talker.js'

/** The estate's devices. */
export interface Fleet {
  readonly controllers: readonly DoorController[]
  readonly cameras: readonly Camera[]
  readonly readers: readonly Reader[]
  /** In the order of `DEVICES`. */
  readonly talkers: readonly Talker[]
  start(): void
}

export function createFleet(world: World, deps: { broker: VirtualBroker; folder: string; witness: Pick<Witness, 'openings' | 'kept'> }): Fleet {
  const { timeline, dice, machines, startWallMs, note } = world
  const { broker, witness, folder } = deps
  const controllers: DoorController[] = []
  const cameras: Camera[] = []
  const readers: Reader[] = []
  mkdirSync(folder, { recursive: true })
  const talkers = DEVICES.map((address, index): Talker => {
    const { deviceId } = address
    const common = { address, broker, timeline, dice: dice(deviceId), machine: machines.devices[index] ?? machines.gateway, startWallMs, captured: witness.openings.captured }
    if (address.deviceKind === 'camera') return (cameras[cameras.push(createCamera(common)) - 1] as Camera).talker
    if (address.deviceKind === 'reader') return (readers[readers.push(createReader(common)) - 1] as Reader).talker
    const controller = createDoorController({
      ...common, doors: 1, flashPath: join(folder, deviceId),
      executed(command, bootId) {
        note(`${deviceId} carries out ${command.commandId}`)
        witness.openings.executed(deviceId, command, bootId)
      },
      kept(message) {
        note(`${deviceId} keeps ${message.kind} ${message.payload.eventId}`)
        witness.kept(message)
      },
    })
    controllers.push(controller)
    return controller.talker
  })
  if (controllers.length !== GATES.length) throw new Error('a gate without a controller')
  return {
    controllers, cameras, readers, talkers,
    start() {
      for (const talker of talkers) talker.powerOn()
    },
  }
}
