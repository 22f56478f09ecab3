import { type Sample, histogramQuantile, total, totals } from './prometheus.js'
import type { Integrity } from './server-api.js'

export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Counts of all gateways since their start, for the live line. */
export interface LiveFigures {
  readonly frames: number
  readonly granted: number
  readonly refused: number
  readonly opened: number
  readonly backlog: number
}

/** The JSON object of `--json`. Counts are of this run, events of the whole life of the data folder. */
export interface DemoFigures {
  readonly estates: number
  readonly cameras: number
  readonly fps: number
  readonly seconds: number
  /** From the start of the demo to the first door that opened; null where none did. */
  readonly secondsToFirstOpen: number | null
  readonly frames: number
  readonly framesDropped: Readonly<Record<string, number>>
  readonly decisions: number
  readonly granted: number
  readonly opened: number
  readonly refused: Readonly<Record<string, number>>
  readonly commands: Readonly<Record<string, number>>
  /** Receipt of a frame to the controller's answer that the door is open, milliseconds. */
  readonly latencyMs: Quantiles | null
  /** Receipt of a frame to the sending of the command. */
  readonly commandLatencyMs: Quantiles | null
  readonly stageMs: Readonly<Record<string, Quantiles | null>>
  readonly eventsCommitted: number
  readonly eventsAtServer: number
  readonly duplicates: number
  /** Records missing at the server before the newest it has. */
  readonly gaps: number
  readonly chainsVerified: boolean
  readonly rssMb: Readonly<Record<string, number>>
  readonly cleanShutdown: boolean
}

export const liveFigures = (samples: readonly Sample[]): LiveFigures => ({
  frames: total(samples, 'gw_frames_received_total'),
  granted: total(samples, 'gw_decisions_total', { result: 'granted' }),
  refused: total(samples, 'gw_decisions_total', { result: 'refused' }),
  opened: total(samples, 'gw_doors_opened_total'),
  backlog: total(samples, 'gw_backlog_records'),
})

const round = (value: number): number => Math.round(value * 10) / 10

function quantiles(samples: readonly Sample[], name: string, wanted: Readonly<Record<string, string>> = {}): Quantiles | null {
  const at = (share: number): number | null => histogramQuantile(samples, name, share, wanted)
  const [p50, p95, p99] = [at(0.5), at(0.95), at(0.99)]
  return p50 === null || p95 === null || p99 === null ? null : { p50: round(p50), p95: round(p95), p99: round(p99) }
}

/** Newest seq of a gateway's log by epoch: the present one from its metrics, earlier ones as the server knows them. */
export function committedOf(gateway: Integrity['gateways'][number], samples: readonly Sample[]): number {
  const seqs = samples.filter((sample) => sample.name === 'gw_log_seq')
  const present = new Map(seqs.map((sample) => [Number(sample.labels['epoch']), sample.value]))
  const earlier = gateway.epochs.filter((epoch) => !present.has(epoch.epoch)).reduce((sum, epoch) => sum + epoch.headSeq, 0)
  return earlier + [...present.values()].reduce((sum, seq) => sum + seq, 0)
}

export interface FigureInput {
  /** Metrics of each gateway by its id. */
  readonly metrics: ReadonlyMap<string, readonly Sample[]>
  readonly integrity: Integrity
  readonly run: Pick<DemoFigures, 'estates' | 'cameras' | 'fps' | 'seconds' | 'secondsToFirstOpen' | 'rssMb'>
}

/** Everything but how the processes ended. */
export function demoFigures({ metrics, integrity, run }: FigureInput): Omit<DemoFigures, 'cleanShutdown'> {
  const samples = [...metrics.values()].flat()
  const gateways = integrity.gateways.filter((gateway) => metrics.has(gateway.gatewayId))
  const epochs = gateways.flatMap((gateway) => gateway.epochs)
  const refused = totals(samples.filter((sample) => sample.labels['result'] === 'refused'), 'gw_decisions_total', 'reason')
  const stages = Object.keys(totals(samples, 'gw_stage_ms_count', 'stage'))
  const live = liveFigures(samples)
  return {
    ...run,
    frames: live.frames,
    framesDropped: totals(samples, 'gw_frames_dropped_total', 'reason'),
    decisions: live.granted + live.refused,
    granted: live.granted,
    opened: live.opened,
    refused,
    commands: totals(samples, 'gw_commands_settled_total', 'outcome'),
    latencyMs: quantiles(samples, 'gw_frame_to_open_ms'),
    commandLatencyMs: quantiles(samples, 'gw_frame_to_command_ms'),
    stageMs: Object.fromEntries(stages.map((stage) => [stage, quantiles(samples, 'gw_stage_ms', { stage })])),
    eventsCommitted: gateways.reduce((sum, gateway) => sum + committedOf(gateway, metrics.get(gateway.gatewayId) ?? []), 0),
    eventsAtServer: epochs.reduce((sum, epoch) => sum + epoch.contiguousSeq, 0),
    duplicates: epochs.reduce((sum, epoch) => sum + epoch.duplicates, 0),
    gaps: epochs.flatMap((epoch) => epoch.missing).reduce((sum, range) => sum + range.to - range.from + 1, 0),
    chainsVerified: epochs.every((epoch) => epoch.chain === 'verified'),
  }
}
