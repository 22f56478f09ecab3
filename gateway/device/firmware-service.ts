import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FirmwareStatusV1 } from '#contract/device-care-messages.js'
import type { OrderOf } from '#contract/sync-orders.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { Result } from '#kernel/result.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { OrderOutcome } from '../orders/order-runner.js'
import type { CareStore, FirmwareJobRow } from './care-ports.js'
import { createFirmwareJobs } from './firmware-jobs.js'
import type { FirmwareFailure, FirmwareInput } from './firmware-machine.js'
import { ensurePrivateFolder } from './key-files.js'
import type { OneTimeFiles } from './one-time-files.js'
import type { DevicePublisher } from './ports.js'

/** The link of an offer; a device that is slower gets a new one with its next hello. */
const LINK_MS = 1_800_000
/** A download that breaks off may be tried again by the same link. */
const LINK_USES = 3
/** A file that could not be fetched is asked for again after this, as long as the server gives the order. */
export const FETCH_RETRY_MS = 10_000

/** Where a file comes from: `gateway/sync` alone talks to the server. */
export interface FirmwareSource {
  /** Into a new file at `path`. `transient`: it may come later without anybody doing anything. */
  fetch(jobId: string, path: string, bytesMax: number): Promise<Result<{ bytes: number; sha256: string }, { transient: boolean; message: string }>>
}

/** Brings firmware of the server onto devices; the device itself compares, installs and proves by its next hello. */
export interface FirmwareService {
  start(): Promise<void>
  /** Fetches and compares the file; resolves once it is here, or why it is not. Undefined where it may yet come. */
  order(order: OrderOf<'firmware.v1'>): Promise<OrderOutcome | undefined>
  connected(address: DeviceAddress, firmware: string): Promise<void>
  lost(deviceId: string): void
  onStatus(address: DeviceAddress, status: FirmwareStatusV1): Promise<void>
  /** The newest job of the device. */
  of(deviceId: string): Pick<FirmwareJobRow, 'jobId' | 'version' | 'stage'> | undefined
}

export interface FirmwareDeps {
  /** `<dataDir>/firmware` */
  readonly folder: string
  readonly store: CareStore
  readonly source: FirmwareSource
  readonly files: Pick<OneTimeFiles, 'offer' | 'withdraw'>
  readonly publisher: DevicePublisher
  readonly runtime: { readonly clock: Clock; readonly stamp: Stamper; readonly log: Logger; readonly isKnown: (deviceId: string) => boolean }
}

/** The file at its place, or what is wrong with it. */
function createFetch({ folder, source, runtime: { clock, log } }: FirmwareDeps) {
  const triedMonoMs = new Map<string, number>()
  return async ({ jobId, bytes, sha256 }: OrderOf<'firmware.v1'>): Promise<'here' | FirmwareFailure | undefined> => {
    const path = join(folder, `${jobId}.bin`)
    if (clock.monoMs() - (triedMonoMs.get(jobId) ?? -Infinity) < FETCH_RETRY_MS) return undefined
    const got = await source.fetch(jobId, `${path}.part`, bytes)
    triedMonoMs.set(jobId, clock.monoMs())
    if (got.ok && got.value.bytes === bytes && got.value.sha256 === sha256) {
      await rename(`${path}.part`, path)
      triedMonoMs.delete(jobId)
      return 'here'
    }
    await rm(`${path}.part`, { force: true })
    log.warn({ jobId, problem: got.ok ? 'not the file that was ordered' : got.error.message }, 'a firmware file could not be fetched')
    if (got.ok) return got.value.bytes === bytes ? 'checksum' : 'length'
    return got.error.transient ? undefined : 'download'
  }
}

/** One link a job, the newest. */
function createLinks(files: FirmwareDeps['files']) {
  const links = new Map<string, string>()
  const end = (jobId: string): void => {
    const url = links.get(jobId)
    if (url !== undefined) files.withdraw(url)
    links.delete(jobId)
  }
  return {
    end,
    begin(jobId: string, filePath: string): string {
      end(jobId)
      const url = files.offer({ filePath, contentType: 'application/octet-stream', usesMax: LINK_USES, ttlMs: LINK_MS })
      links.set(jobId, url)
      return url
    },
  }
}

export function createFirmwareService(deps: FirmwareDeps): FirmwareService {
  const { folder, publisher, runtime: { clock, isKnown } } = deps
  const jobs = createFirmwareJobs({ store: deps.store, stamp: deps.runtime.stamp })
  const fetchFile = createFetch(deps)
  const connections = new Map<string, DeviceAddress>()
  const pathOf = (jobId: string): string => join(folder, `${jobId}.bin`)

  const links = createLinks(deps.files)
  const step = async (jobId: string, input: FirmwareInput): Promise<void> => {
    const job = await jobs.step(jobId, input)
    if (job?.stage !== 'installed' && job?.stage !== 'failed') return
    links.end(jobId)
    await rm(pathOf(jobId), { force: true })
  }
  const offer = async (deviceId: string): Promise<void> => {
    const address = connections.get(deviceId)
    const job = jobs.of(deviceId).at(-1)
    if (address === undefined || job?.stage !== 'ready') return
    const { jobId, version, bytes, sha256 } = job
    const url = links.begin(jobId, pathOf(jobId))
    await step(jobId, { kind: 'offered' })
    publisher.publish('firmwareOffer', address, { v: 1, jobId, version, bytes, sha256, url })
  }

  return {
    async start() {
      await ensurePrivateFolder(folder)
      await jobs.load()
    },
    async order(order) {
      const { jobId, deviceId, version, bytes, sha256 } = order
      if (!isKnown(deviceId)) return { outcome: 'refused', reason: 'device-unknown' }
      const stage = jobs.get(jobId)?.stage
      if (stage === 'failed') return { outcome: 'refused', reason: 'failed' }
      if (stage !== undefined && stage !== 'fetching') return { outcome: 'done', reason: null }
      if (stage === undefined) await jobs.add({ jobId, deviceId, version, bytes, sha256, stage: 'fetching', orderedAtMs: clock.wallMs() })
      const fetched = await fetchFile(order)
      if (fetched === undefined) return undefined
      if (fetched !== 'here') {
        await step(jobId, { kind: 'given-up', reason: fetched })
        return { outcome: 'refused', reason: fetched }
      }
      // One job a device: what was ordered before and is not installed yet never will be.
      for (const { jobId: other } of jobs.of(deviceId)) if (other !== jobId) await step(other, { kind: 'given-up', reason: 'install' })
      await step(jobId, { kind: 'fetched' })
      await offer(deviceId)
      return { outcome: 'done', reason: null }
    },
    async connected(address, firmware) {
      const { deviceId } = address
      connections.set(deviceId, address)
      const job = jobs.of(deviceId).at(-1)
      if (job !== undefined) await step(job.jobId, { kind: 'hello', isNew: firmware === job.version })
      await offer(deviceId)
    },
    lost: (deviceId) => void connections.delete(deviceId),
    async onStatus({ deviceId }, { jobId, state, reason }) {
      if (jobs.get(jobId)?.deviceId === deviceId) await step(jobId, { kind: 'status', state, reason })
    },
    of(deviceId) {
      const job = jobs.of(deviceId).at(-1)
      return job === undefined ? undefined : { jobId: job.jobId, version: job.version, stage: job.stage }
    },
  }
}
