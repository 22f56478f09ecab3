import type { Stamper } from '#kernel/record-stamp.js'
import type { CareStore, FirmwareJobRow } from './care-ports.js'
import { type FirmwareInput, firmwareMachine } from './firmware-machine.js'

/** Firmware jobs of all devices, each as its machine says; every step is a row and mostly a record. */
export interface FirmwareJobs {
  load(): Promise<void>
  add(job: FirmwareJobRow): Promise<void>
  /** @returns the job as it is now, undefined where the input changed nothing. @throws whatever the store throws; nothing has changed then */
  step(jobId: string, input: FirmwareInput): Promise<FirmwareJobRow | undefined>
  get(jobId: string): FirmwareJobRow | undefined
  /** Newest last. */
  of(deviceId: string): readonly FirmwareJobRow[]
}

export function createFirmwareJobs(deps: { store: CareStore; stamp: Stamper }): FirmwareJobs {
  const { store, stamp } = deps
  const jobs = new Map<string, FirmwareJobRow>()
  return {
    async load() {
      for (const job of await store.firmwareJobs()) jobs.set(job.jobId, job)
    },
    async add(job) {
      await store.transact((tx) => tx.putFirmwareJob(job))
      jobs.set(job.jobId, job)
    },
    async step(jobId, input) {
      const job = jobs.get(jobId)
      const moved = job === undefined ? undefined : firmwareMachine(job.stage, input)
      if (job === undefined || moved === undefined) return undefined
      const next = { ...job, stage: moved.state }
      const { deviceId, version } = job
      // At once: what comes while the disk writes is judged by the new stage.
      jobs.set(jobId, next)
      try {
        await store.transact(async (tx) => {
          await tx.putFirmwareJob(next)
          for (const { state, reason } of moved.effects) await tx.append({ kind: 'firmware-status.v1', ...stamp(), deviceId, jobId, version, state, reason })
        })
      } catch (error) {
        jobs.set(jobId, job)
        throw error
      }
      return next
    },
    get: (jobId) => jobs.get(jobId),
    of: (deviceId) => [...jobs.values()].filter((job) => job.deviceId === deviceId),
  }
}
