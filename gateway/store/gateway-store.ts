import type { Clock } from '#kernel/clock.js'
import { type Exclusive, createExclusive } from '#kernel/exclusive.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { gatewayError } from '../errors.js'
import { accessReads } from './access-reads.js'
import { careReads, createAlarmWrites, createCareWrites, createOrderWrites } from './care-tables.js'
import { type DatabaseFile, type FileSpace, openDatabaseFile, readFileSpace } from './database-file.js'
import type { DiskReserve } from './disk-reserve.js'
import { createDeskWrites, deskReads } from './desk-tables.js'
import { createDeviceWrites, readDevices, writeDevice } from './device-tables.js'
import { type EventLog, createEventLog } from './event-log.js'
import { checkKey, readIdentity, readRestoredFrom, takeShutdownMark, writeCleanShutdown, writeIdentity } from './meta-tables.js'
import { createPaymentWrites, paymentReads } from './payment-tables.js'
import { outboxReads, pruneStep, writeUploaded } from './outbox.js'
import { createRosterWrites } from './roster-tables.js'
import { createRuleRosterWrites } from './rule-roster-tables.js'
import { createRuleWrites } from './rule-tables.js'
import { createLookAlikeWrites, readLookAlikes } from './look-alike-table.js'
import { type Sealer, createSealer } from './seal.js'
import { backupOperations } from './snapshot.js'
import { type Connect, type SqlConnection, connect as connectOnDisk, storeError } from './sqlite.js'
import { runWork } from './store-tx.js'
import { createTerminalWrites, terminalReads } from './terminal-tables.js'
import { createTemplateWrites, readTemplatePage, templatePages } from './template-table.js'
import type { GatewayIdentity, GatewayStore, StoreTx } from './types.js'
import { type WriteQueue, createWriteQueue } from './write-queue.js'

/** About eight million records. When it is reached writes fail with GW_STORE_FULL: no grant, no door, no acknowledgement. */
const FILE_BYTES_MAX = 8 * 1_073_741_824

export interface StoreSpace {
  /** Largest size of the file, bytes. */
  readonly fileBytesMax?: number
  /** Given up where a write finds the disk full; that write is tried once more. */
  readonly reserve?: Pick<DiskReserve, 'release' | 'freeBytes'>
  /** Opens the database's connections; left out, on the machine's own disk. */
  readonly connect?: Connect
}

export interface GatewayStoreDeps {
  /** The database file; its folder is made where it is missing. */
  readonly path: string
  /** 32 bytes, kept outside the database: seals templates and the server credential. */
  readonly templateKey: Uint8Array
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
  readonly space?: StoreSpace
}

interface Opened {
  readonly file: DatabaseFile
  readonly eventLog: EventLog
  readonly queue: WriteQueue
  readonly operations: StoreTx
  readonly readInTurn: Exclusive
  readonly wasClean: boolean
  identity: GatewayIdentity | undefined
}

/** Gives up the reserve, where there is one left. */
const makeRoomWith = ({ space, log }: GatewayStoreDeps) => async (): Promise<boolean> => {
  const released = (await space?.reserve?.release().catch((error: unknown) => {
    log.error({ err: error }, 'the reserve of the disk could not be given up')
  })) === true
  if (released) log.error({}, 'the disk is full: its reserve was given up for what must be recorded')
  return released
}

/** Checks the file's content and builds what stands on it. */
async function build(deps: GatewayStoreDeps, file: DatabaseFile, sealer: Sealer): Promise<Opened> {
  const { clock, log } = deps
  const connection = file.writer
  await checkKey(connection, sealer)
  const identity = await readIdentity(connection, sealer)
  const eventLog = createEventLog(connection)
  await eventLog.load(identity?.gatewayId)
  let erased = false
  const follower = {
    mark: () => eventLog.mark(),
    async committed() {
      eventLog.committed()
      if (!erased) return
      // A template that was deleted still stands in the write-ahead log until that is emptied.
      erased = !(await file.checkpoint().catch(() => false))
      if (erased) log.warn({}, 'erased templates are still in the write-ahead log; emptied at the next write')
    },
  }
  const erasedNow = (): void => {
    erased = true
  }
  return {
    file,
    eventLog,
    queue: createWriteQueue({ connection, follower, makeRoom: makeRoomWith(deps), clock, log }),
    operations: {
      append: (body) => eventLog.append(body),
      ...createDeviceWrites({ connection, clock }),
      saveDevice: (device) => writeDevice(connection, device),
      ...createRosterWrites(connection),
      ...createRuleRosterWrites({ connection, sealer }),
      ...createRuleWrites(connection),
      ...createTemplateWrites({ connection, sealer, erased: erasedNow }),
      ...createTerminalWrites({ connection, sealer, erased: erasedNow }),
      ...createLookAlikeWrites(connection),
      ...createCareWrites(connection),
      ...createAlarmWrites(connection),
      ...createOrderWrites({ connection, clock }),
      ...createDeskWrites(connection),
      ...createPaymentWrites({ connection, sealer }),
    },
    readInTurn: createExclusive(),
    wasClean: await takeShutdownMark(connection),
    identity,
  }
}

/** After the last write; waits for the reads that are under way. */
async function closeCleanly({ file, readInTurn }: Opened): Promise<void> {
  await readInTurn(async () => undefined)
  try {
    await writeCleanShutdown(file.writer)
    await file.checkpoint()
  } finally {
    await file.close()
  }
}

/** What is free within the file counts for the disk too: it is written before the file grows. */
function freeBytesOf({ pageBytes, pages, freePages }: FileSpace, fileBytesMax: number, onDisk = Number.POSITIVE_INFINITY): number {
  return Math.max(0, Math.min(fileBytesMax - (pages - freePages) * pageBytes, onDisk + freePages * pageBytes))
}

/** A restored log has no identity yet: it goes on as the gateway that wrote it. */
async function takeIdentity(connection: SqlConnection, sealer: Sealer, identity: GatewayIdentity, eventLog: EventLog): Promise<void> {
  const head = eventLog.head()
  await writeIdentity(connection, sealer, identity, head?.gatewayId ?? await readRestoredFrom(connection))
  if (head === undefined) await eventLog.load(identity.gatewayId)
}

/** Repeats a step until it finds nothing or the sum is enough; the sum of what it found. */
async function untilNone(step: () => Promise<number>, enough = Number.POSITIVE_INFINITY): Promise<number> {
  let sum = 0
  for (let found = 1; found > 0 && sum < enough; sum += found) found = await step()
  return sum
}

/** The gateway's durable state in one SQLite file. Starts nothing: call `open`. */
export function createGatewayStore(deps: GatewayStoreDeps): GatewayStore {
  const sealer = createSealer(deps.templateKey, deps.random)
  const { fileBytesMax = FILE_BYTES_MAX, connect = connectOnDisk } = deps.space ?? {}
  let state: Opened | undefined

  const opened = (): Opened => {
    if (state === undefined) throw gatewayError('GW_STORE_CLOSED')
    return state
  }
  const write = async <T>(work: (connection: SqlConnection, now: Opened) => Promise<T>): Promise<T> => {
    const now = opened()
    return now.queue.submit(() => work(now.file.writer, now))
  }
  const read = async <T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> => {
    const now = opened()
    try {
      return await now.readInTurn(() => work(now.file.reader))
    } catch (error) {
      throw storeError(error, 'GW_STORE_READ')
    }
  }

  return {
    async open() {
      if (state !== undefined) throw gatewayError('GW_STORE_IN_USE')
      const file = await openDatabaseFile({ path: deps.path, clock: deps.clock, fileBytesMax, connect })
      try {
        state = await build(deps, file, sealer)
      } catch (error) {
        await file.close()
        throw storeError(error, 'GW_STORE_OPEN')
      }
    },
    async close() {
      const now = opened()
      await now.queue.drain()
      state = undefined
      await closeCleanly(now)
    },
    transact: (work) => write((_, now) => runWork(now.operations, work)),
    identity: async () => opened().identity,
    async saveIdentity(identity) {
      await write((connection, now) => takeIdentity(connection, sealer, identity, now.eventLog))
      opened().identity = { ...identity }
    },
    ...backupOperations({ connect, path: deps.path, read, write, identity: () => opened().identity }),
    head: () => opened().eventLog.head(),
    beginEpoch: (epoch, startHash) => write(async (_, now) => {
      if (now.identity === undefined) throw gatewayError('GW_STORE_NO_EPOCH')
      await now.eventLog.beginEpoch(now.identity.gatewayId, epoch, startHash)
    }),
    ...outboxReads(read),
    markUploaded: (epoch, contiguousSeq) => write((connection) => writeUploaded(connection, epoch, contiguousSeq)),
    freeBytes: async () => freeBytesOf(await read(readFileSpace), fileBytesMax, await deps.space?.reserve?.freeBytes()),
    ...accessReads(read, sealer),
    templatePages: () => templatePages((after) => read((connection) => readTemplatePage(connection, sealer, after))),
    lookAlikes: () => read(readLookAlikes),
    devices: () => read(readDevices),
    terminals: () => read((connection) => terminalReads(connection, sealer).terminals()),
    terminalPersons: () => read((connection) => terminalReads(connection, sealer).terminalPersons()),
    terminalPhotos: () => read((connection) => terminalReads(connection, sealer).terminalPhotos()),
    terminalPhoto: (personRef) => read((connection) => terminalReads(connection, sealer).terminalPhoto(personRef)),
    ...deskReads(read),
    ...careReads(read),
    ...paymentReads(read, sealer),
    saveDevice: (device) => write((connection) => writeDevice(connection, device)),
    prune: (limits) => untilNone(() => write((connection) => pruneStep(connection, limits)), limits.rowsMax),
    wasCleanShutdown: () => opened().wasClean,
  }
}
