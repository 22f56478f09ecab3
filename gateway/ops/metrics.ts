import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AccessObserver } from '../access/ports.js'
import type { FrameObserver } from '../capture/frame-observer.js'
import type { TransportObserver } from '../broker/device-transport.js'
import type { GatewayStatus } from './gateway-status.js'

/** Milliseconds from a frame to a door: dense where 95 of 100 shall lie. */
const LATENCY_BUCKETS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 250, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000]
const STAGE_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60, 80, 120, 200, 500, 1_000]

export interface GatewayMetrics {
  readonly access: AccessObserver
  readonly transport: TransportObserver
  readonly frames: FrameObserver
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
      rejected: (reason) => counts.messagesRejected.inc({ reason }),
      undelivered: (reason, kind) => counts.messagesUndelivered.inc({ reason, kind }),
    },
    frames: {
      received: () => counts.framesReceived.inc(),
      dropped: (reason) => counts.framesDropped.inc({ reason }),
    },
    contentType: registry.contentType,
    async text(status) {
      setStates(states, status)
      if (loopDelay !== undefined) {
        for (const quantile of [50, 99]) states.loopDelay.set({ quantile: String(quantile / 100) }, loopDelay.percentile(quantile) / 1e6)
        states.loopDelay.set({ quantile: '1' }, loopDelay.max / 1e6)
        loopDelay.reset()
      }
      return registry.metrics()
    },
    start() {
      loopDelay = monitorEventLoopDelay({ resolution: 10 })
      loopDelay.enable()
    },
    stop: () => void loopDelay?.disable(),
  }
}

function createCounts(registry: Registry) {
  const registers = [registry]
  return {
    framesReceived: new Counter({ name: 'gw_frames_received_total', help: 'Frames that arrived from cameras', registers }),
    framesDropped: new Counter({ name: 'gw_frames_dropped_total', help: 'Frames that were not looked at', labelNames: ['reason'], registers }),
    decisions: new Counter({ name: 'gw_decisions_total', help: 'Decisions about frames', labelNames: ['result', 'reason'], registers }),
    doorsOpened: new Counter({ name: 'gw_doors_opened_total', help: 'Commands that a controller carried out', registers }),
    commands: new Counter({ name: 'gw_commands_settled_total', help: 'Door commands by what became of them', labelNames: ['outcome', 'reason'], registers }),
    anomalies: new Counter({ name: 'gw_access_anomalies_total', help: 'Answers and failures that should not occur', labelNames: ['kind'], registers }),
    messagesRejected: new Counter({ name: 'gw_messages_rejected_total', help: 'Connections and messages of devices that were not accepted', labelNames: ['reason'], registers }),
    messagesUndelivered: new Counter({ name: 'gw_messages_undelivered_total', help: 'Messages to devices that were dropped', labelNames: ['reason', 'kind'], registers }),
    frameToCommand: new Histogram({ name: 'gw_frame_to_command_ms', help: 'Receipt of a frame to the sending of its command', buckets: LATENCY_BUCKETS, registers }),
    frameToOpen: new Histogram({ name: 'gw_frame_to_open_ms', help: 'Receipt of a frame to the answer that its command was carried out', buckets: LATENCY_BUCKETS, registers }),
    stage: new Histogram({ name: 'gw_stage_ms', help: 'Time of one stage of a decision', labelNames: ['stage'], buckets: STAGE_BUCKETS, registers }),
  }
}

function accessObserver(counts: ReturnType<typeof createCounts>): AccessObserver {
  return {
    decided({ result, reason, timings }) {
      counts.decisions.inc({ result, reason: reason ?? 'none' })
      for (const [stage, ms] of Object.entries(timings)) counts.stage.observe({ stage }, ms)
    },
    commandSent: (frameToCommandMs) => counts.frameToCommand.observe(frameToCommandMs),
    commandSettled({ outcome, reason, latencyMs }) {
      counts.commands.inc({ outcome, reason: reason ?? 'none' })
      if (outcome !== 'executed') return
      counts.doorsOpened.inc()
      if (latencyMs !== null) counts.frameToOpen.observe(latencyMs)
    },
    anomaly: (kind) => counts.anomalies.inc({ kind }),
  }
}

function createStates(registry: Registry) {
  const registers = [registry]
  return {
    open: new Gauge({ name: 'gw_open', help: '1 while devices can connect', registers }),
    logSeq: new Gauge({ name: 'gw_log_seq', help: 'Seq of the newest record of the log, in its epoch', labelNames: ['epoch'], registers }),
    backlog: new Gauge({ name: 'gw_backlog_records', help: 'Records that the server does not have yet', registers }),
    rosterCursor: new Gauge({ name: 'gw_roster_cursor', help: 'Last roster change that is applied', registers }),
    lastContact: new Gauge({ name: 'gw_server_last_contact_seconds', help: 'Unix time of the last answer of the server; 0 before the first', registers }),
    devices: new Gauge({ name: 'gw_devices_connected', help: 'Devices that are connected', registers }),
    workersReady: new Gauge({ name: 'gw_face_workers_ready', help: 'Face workers that can take a frame', registers }),
    workerRestarts: new Counter({ name: 'gw_face_worker_restarts_total', help: 'Face workers that had to be started anew', registers }),
    inFlight: new Gauge({ name: 'gw_face_frames_in_flight', help: 'Frames in face workers now', registers }),
    galleryPersons: new Gauge({ name: 'gw_gallery_persons', help: 'Persons with at least one template', registers }),
    loopDelay: new Gauge({ name: 'gw_event_loop_delay_ms', help: 'Delay of the event loop since the last reading', labelNames: ['quantile'], registers }),
  }
}

function setStates(states: ReturnType<typeof createStates>, status: GatewayStatus): void {
  states.open.set(status.state === 'open' ? 1 : 0)
  states.logSeq.reset()
  if (status.log !== null) states.logSeq.set({ epoch: String(status.log.epoch) }, status.log.seq)
  states.backlog.set(status.log?.backlogRecords ?? 0)
  states.rosterCursor.set(status.roster?.cursor ?? 0)
  const contacts = [status.sync?.upload.lastContactAtMs ?? 0, status.sync?.roster.lastContactAtMs ?? 0]
  states.lastContact.set(Math.max(...contacts) / 1_000)
  states.devices.set(status.devicesConnected)
  states.workersReady.set(status.face?.workersReady ?? 0)
  states.workerRestarts.reset()
  states.workerRestarts.inc(status.face?.restarts ?? 0)
  states.inFlight.set(status.face?.inFlight ?? 0)
  states.galleryPersons.set(status.face?.galleryPersons ?? 0)
}
