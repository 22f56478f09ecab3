import { cpus, loadavg } from 'node:os'

/** Where and when a figure was taken: a busy machine shows in the load. */
export const machineNow = (): { node: string; cpu: string; cpus: number; load1: number } =>
  ({ node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, load1: Number((loadavg()[0] ?? 0).toFixed(1)) })
