import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Way } from '#contract/passage-record.js'
import { READER_WAYS } from '#contract/reader-messages.js'
import type { AccessObserver } from '../access/ports.js'
import type { TransportObserver } from '../broker/device-transport.js'
import type { TerminalObserver } from '../device/oem/terminal-observer.js'
import type { FrameObserver } from '../capture/frame-observer.js'
import type { LookObserver } from '../face-host/look-observer.js'
import type { GatewayStatus } from './gateway-status.js'

/** Milliseconds from a frame to a door: dense where 95 of 100 shall lie. */
const LATENCY_BUCKETS = [
  10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 250, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000,
]
const LOOP_SAMPLE_MS = 10
const STAGE_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60, 80, 120, 200, 500, 1_000]

export interface GatewayMetrics {
  readonly access: AccessObserver
  readonly transport: TransportObserver
  readonly frames: FrameObserver
  readonly looks: LookObserver
  readonly terminals: TerminalObserver
  /** Prometheus text. `status` is read for the values that are states rather than counts. */
  text(status: GatewayStatus): Promise<string>
  readonly contentType: string
  start(): void
  stop(): void
}

/** All of this process's metrics, in a registry of their own. README lists them. */
export function createGatewayMetrics(): GatewayMetrics {
  const registry = new Registry()
  const counts = createCounts(registry)
  const states = createStates(registry)
  let loopDelay: IntervalHistogram | undefined

  return {
    access: accessObserver(counts),
    transport: {
      rejected: (reason) => counts.rejected.inc({ reason }),
      undelivered: (reason, kind) => counts.undelivered.inc({ reason, kind }),
    },
    frames: {
      received: () => counts.framesReceived.inc(),
      dropped: (reason) => counts.framesDropped.inc({ reason }),
    },
    looks: { look: (result, worker) => counts.looks.inc({ result, worker }) },
    terminals: {
      message: (result) => counts.terminalMessages.inc({ result }),
      anomaly: (kind, count) => counts.terminalAnomalies.inc({ kind }, count),
      // A firmware's own numbers are without end; the log and the terminals command have them.
      personRefused: (error) => counts.terminalRefusals.inc({ error: error.startsWith('terminal-error') ? 'other' : error }),
    },
    contentType: registry.contentType,
    async text(status) {
      setStates(states, status)
      if (loopDelay !== undefined) {
        for (const quantile of [50, 99]) states.loopDelay.set({ quantile: String(quantile / 100) }, delayMs(loopDelay.percentile(quantile)))
        states.loopDelay.set({ quantile: '1' }, delayMs(loopDelay.max))
        loopDelay.reset()
      }
      return registry.metrics()
    },
    start() {
      loopDelay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS })
      loopDelay.enable()
    },
    stop: () => void loopDelay?.disable(),
  }
}

/** Node's histogram holds the time between two samples, the wait for the sample among it. */
const delayMs = (betweenSamplesNs: number): number => Math.max(0, betweenSamplesNs / 1e6 - LOOP_SAMPLE_MS)

/** Makers of metrics in one registry; the last argument names their labels. */
function makers(registry: Registry) {
  const registers = [registry]
  return {
    counter: <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) =>
      new Counter<Label>({ name, help, labelNames, registers }),
    gauge: <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) =>
      new Gauge<Label>({ name, help, labelNames, registers }),
    histogram: <Label extends string = never>(name: string, help: string, buckets: number[], ...labelNames: Label[]) =>
      new Histogram<Label>({ name, help, buckets, labelNames, registers }),
  }
}

function createCounts(registry: Registry) {
  const { counter, histogram } = makers(registry)
  return {
    framesReceived: counter('gw_frames_received_total', 'Frames that arrived from cameras'),
    framesDropped: counter('gw_frames_dropped_total', 'Frames that were not looked at', 'reason'),
    looks: counter('gw_face_looks_total', 'Answers of face workers in other processes by what became of them', 'result', 'worker'),
    decisions: counter('gw_decisions_total', 'Decisions about frames and what was presented', 'result', 'reason', 'way'),
    doorsOpened: counter('gw_doors_opened_total', 'Commands that a controller carried out'),
    commands: counter('gw_commands_settled_total', 'Door commands by what became of them', 'outcome', 'reason'),
    anomalies: counter('gw_access_anomalies_total', 'Answers and failures that should not occur', 'kind'),
    rejected: counter('gw_messages_rejected_total', 'Connections and messages of devices that were not accepted', 'reason'),
    undelivered: counter('gw_messages_undelivered_total', 'Messages to devices that were dropped', 'reason', 'kind'),
    terminalMessages: counter('gw_terminal_messages_total', 'Messages of face terminals of other makers by what was done with them', 'result'),
    terminalAnomalies: counter('gw_terminal_anomalies_total', 'Records, persons or commands of face terminals that are not as they should be', 'kind'),
    terminalRefusals: counter('gw_terminal_person_refusals_total', 'Persons whom a face terminal did not take', 'error'),
    frameToCommand: histogram('gw_frame_to_command_ms', 'Receipt of a frame to the sending of its command', LATENCY_BUCKETS),
    frameToOpen: histogram('gw_frame_to_open_ms', 'Receipt of a frame to the answer that its door opened', LATENCY_BUCKETS),
    presentedToCommand: histogram('gw_presented_to_command_ms', 'Receipt of what was presented at a reader to its command', STAGE_BUCKETS, 'way'),
    presentedToOpen: histogram('gw_presented_to_open_ms', 'Receipt of what was presented at a reader to the answer that its door opened', STAGE_BUCKETS, 'way'),
    stage: histogram('gw_stage_ms', 'Time of one stage of a decision', STAGE_BUCKETS, 'stage'),
  }
}

const isReaderWay = (way: Way): boolean => READER_WAYS.some((known) => known === way)

function accessObserver(counts: ReturnType<typeof createCounts>): AccessObserver {
  return {
    decided({ result, reason, way, timings }) {
      counts.decisions.inc({ result, reason: reason ?? 'none', way })
      for (const [stage, ms] of Object.entries(timings)) counts.stage.observe({ stage }, ms)
    },
    commandSent(sinceReceiptMs, way) {
      if (way === 'face') counts.frameToCommand.observe(sinceReceiptMs)
      else if (isReaderWay(way)) counts.presentedToCommand.observe({ way }, sinceReceiptMs)
    },
    commandSettled({ outcome, reason, latencyMs, way }) {
      counts.commands.inc({ outcome, reason: reason ?? 'none' })
      if (outcome !== 'executed') return
      counts.doorsOpened.inc()
      if (latencyMs === null) return
      if (way === 'face') counts.frameToOpen.observe(latencyMs)
      else if (way !== null && isReaderWay(way)) counts.presentedToOpen.observe({ way }, latencyMs)
    },
    anomaly: (kind) => counts.anomalies.inc({ kind }),
  }
}

function createStates(registry: Registry) {
  const { counter, gauge } = makers(registry)
  return {
    open: gauge('gw_open', '1 while devices can connect'),
    logSeq: gauge('gw_log_seq', 'Seq of the newest record of the log, in its epoch', 'epoch'),
    backlog: gauge('gw_backlog_records', 'Records that the server does not have yet'),
    freeBytes: gauge('gw_log_free_bytes', 'Bytes that the log may still take'),
    refusesFrames: gauge('gw_refuses_frames', '1 while frames are refused for want of space for the log'),
    reserveHeld: gauge('gw_disk_reserve_held', '1 while the reserve of the disk is not given up'),
    rosterCursor: gauge('gw_roster_cursor', 'Last roster change that is applied'),
    rosterAge: gauge('gw_roster_age_seconds', 'Since everything that the server had was here'),
    lastBackup: gauge('gw_backup_last_seconds', 'Unix time of the last backup of this life of the process; 0 before the first'),
    lastContact: gauge('gw_server_last_contact_seconds', 'Unix time of the last answer of the server; 0 before the first'),
    devices: gauge('gw_devices_connected', 'Devices that are connected'),
    remoteReady: gauge('gw_face_remote_ready', '1 while a face worker in another process takes frames', 'worker'),
    workersReady: gauge('gw_face_workers_ready', 'Face workers that can take a frame'),
    workerRestarts: counter('gw_face_worker_restarts_total', 'Face workers that had to be started anew'),
    inFlight: gauge('gw_face_frames_in_flight', 'Frames in face workers now'),
    galleryPersons: gauge('gw_gallery_persons', 'Persons with at least one template'),
    loopDelay: gauge('gw_event_loop_delay_ms', 'Delay of the event loop since the last reading', 'quantile'),
  }
}

function setStates(states: ReturnType<typeof createStates>, status: GatewayStatus): void {
  states.open.set(status.state === 'open' ? 1 : 0)
  states.logSeq.reset()
  if (status.log !== null) states.logSeq.set({ epoch: String(status.log.epoch) }, status.log.seq)
  states.backlog.set(status.log?.backlogRecords ?? 0)
  states.freeBytes.set(status.space?.freeBytes ?? 0)
  states.refusesFrames.set(status.space?.refusesFrames === true ? 1 : 0)
  states.reserveHeld.set(status.space?.reserveHeld === true ? 1 : 0)
  states.rosterCursor.set(status.roster?.cursor ?? 0)
  states.lastBackup.set((status.backup?.takenAtMs ?? 0) / 1_000)
  states.rosterAge.set((status.roster?.ageMs ?? 0) / 1_000)
  const contacts = [status.sync?.upload.lastContactAtMs ?? 0, status.sync?.roster.lastContactAtMs ?? 0]
  states.lastContact.set(Math.max(...contacts) / 1_000)
  states.devices.set(status.devicesConnected)
  states.remoteReady.reset()
  for (const { name, state } of status.face?.remotes ?? []) states.remoteReady.set({ worker: name }, state === 'ready' ? 1 : 0)
  states.workersReady.set(status.face?.workersReady ?? 0)
  states.workerRestarts.reset()
  states.workerRestarts.inc(status.face?.restarts ?? 0)
  states.inFlight.set(status.face?.inFlight ?? 0)
  states.galleryPersons.set(status.face?.galleryPersons ?? 0)
}
