/** Shapes of alarms, orders, devices and figures. Times are milliseconds since the Unix epoch, UTC. */

export interface AlarmStep {
  readonly atMs: number
  readonly operatorRef: string | null
  readonly operatorName: string | null
}

export interface Alarm {
  readonly alarmId: string
  readonly estateId: string
  readonly gatewayId: string
  readonly kind: string
  readonly state: 'raised' | 'acknowledged' | 'cleared'
  readonly gateId: string | null
  readonly gateName: string | null
  readonly deviceId: string | null
  readonly passageId: string | null
  readonly personRef: string | null
  readonly personName: string | null
  /** What was measured. */
  readonly detail: string | null
  readonly raisedAtMs: number
  readonly acknowledged: AlarmStep | null
  readonly cleared: AlarmStep | null
  /** What was asked of the gateway and is not in its log yet. */
  readonly pending: { readonly orderId: string; readonly state: 'acknowledged' | 'cleared'; readonly sinceMs: number } | null
}

export interface AlarmPage {
  readonly alarms: readonly Alarm[]
  readonly older: string | null
}

export interface AlarmQuery {
  readonly estateId?: string
  readonly kind?: string
  readonly before?: string
}

/** An order to a gateway and what became of it. */
export interface Order {
  readonly orderId: string
  readonly estateId: string
  readonly kind: string
  readonly subject: string
  readonly content: Readonly<Record<string, string | number>>
  readonly note: string | null
  readonly operatorName: string | null
  readonly state: string
  readonly outcomeReason: string | null
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly settledAtMs: number | null
}

export type ParameterValue = string | number | boolean

export interface Device {
  readonly estateId: string
  readonly deviceId: string
  readonly kind: string | null
  readonly gateNames: readonly string[]
  readonly condition: 'online' | 'offline' | 'unknown'
  readonly concerns: readonly string[]
  readonly lastSeenMs: number | null
  readonly clockOffsetMs: number | null
  readonly model: string | null
  readonly firmware: string | null
  readonly capabilities: readonly string[]
  readonly certificateFingerprint: string | null
  readonly revoked: boolean
  readonly health: {
    readonly atMs: number
    readonly uptimeMs: number
    readonly temperatureC: number | null
    readonly supplyVolts: number | null
    readonly memoryFreeBytes: number | null
    readonly storageFreeBytes: number | null
    readonly signalDbm: number | null
    readonly faults: readonly string[]
  } | null
  readonly settings: {
    readonly values: Readonly<Record<string, ParameterValue>>
    readonly setAtMs: number
    readonly state: 'waiting' | 'applied' | 'refused'
    readonly problems: ReadonlyArray<{ readonly name: string; readonly problem: string }>
  } | null
  readonly firmwareUpdate: { readonly jobId: string; readonly version: string; readonly state: string; readonly reason: string | null; readonly atMs: number } | null
}

export interface DeviceHistoryItem {
  readonly kind: string
  readonly atMs: number
  readonly gatewayId: string
  readonly epoch: number
  readonly seq: number
  readonly content: Readonly<Record<string, unknown>>
}

export interface Firmware {
  readonly firmwareId: string
  readonly deviceKind: string
  readonly model: string
  readonly version: string
  readonly bytes: number
  readonly sha256: string
  readonly uploadedAtMs: number
}

export interface WayFigures {
  readonly way: string
  readonly granted: number
  /** Refused for a reason that lies in the way. */
  readonly failed: number
  /** Refused for what its user may not do. */
  readonly refused: number
  readonly failureRate: number | null
  readonly attemptsMean: number | null
  readonly waits: number
  readonly waitMedianMs: number | null
  readonly waitP95Ms: number | null
}

export interface PassageFigures {
  readonly fromMs: number
  readonly toMs: number
  readonly hours: ReadonlyArray<{ readonly hour: number; readonly granted: number; readonly refused: number }>
  readonly days: ReadonlyArray<{ readonly dayStartMs: number; readonly granted: number; readonly refused: number }>
  readonly reasons: ReadonlyArray<{ readonly reason: string; readonly passages: number }>
  readonly ways: readonly WayFigures[]
  readonly warnings: ReadonlyArray<{ readonly way: string; readonly about: 'wait' | 'failure'; readonly own: number; readonly face: number }>
}
