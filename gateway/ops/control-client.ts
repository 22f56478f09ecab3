import { type RequestOptions, request } from 'node:http'
import { join } from 'node:path'
import { type Result, err, ok } from '#kernel/result.js'
import type { Backup } from '../backup/backup-service.js'
import type { EnrolOptions, EnrolResult } from '../enrol/enrol-service.js'
import type { NewOperator } from '../desk/operator-service.js'
import type { DeviceCertificate } from '../device/certificate-authority.js'
import type { DeviceKind } from '#contract/message-table.js'
import { gatewayError } from '../errors.js'
import type { DayAtDesk } from '../payment/estate-close.js'
import { BROKER_FILES_PATH, type BrokerFiles } from './broker-control.js'
import { CONTROL_PATHS, CONTROL_SOCKET, PHOTOS_TYPE } from './control-api.js'
import { CARE_PATHS, type CareActions, type GivenCode, type MoveAlarmV1 } from './device-control.js'
import type { GatewayStatus } from './gateway-status.js'
import { type DisableOperatorV1, OPERATOR_PATHS, type OperatorActions } from './operator-control.js'
import { TAKINGS_PATHS } from './takings-control.js'
import { type IssueTerminalV1, type IssuedTerminal, type TerminalReport, TERMINALS_PATH } from './terminal-control.js'

/** Why the gateway did not do what it was asked: its own code and words. */
export interface ControlRefusal {
  readonly code: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** Calls of the command line. @throws GW_CONTROL_UNREACHABLE where no gateway runs on this data directory */
export interface ControlClient {
  status(): Promise<Result<GatewayStatus, ControlRefusal>>
  stop(): Promise<Result<object, ControlRefusal>>
  issueDevice(kind: DeviceKind, id: string): Promise<Result<DeviceCertificate, ControlRefusal>>
  revokeDevice(id: string): Promise<Result<object, ControlRefusal>>
  backup(): Promise<Result<Backup, ControlRefusal>>
  brokerFiles(folder: string): Promise<Result<BrokerFiles, ControlRefusal>>
  devices(): Promise<Result<{ readonly devices: ReturnType<CareActions['devices']> }, ControlRefusal>>
  giveCode(kind: DeviceKind, id: string): Promise<Result<GivenCode, ControlRefusal>>
  alarms(): Promise<Result<{ readonly alarms: ReturnType<CareActions['alarms']> }, ControlRefusal>>
  moveAlarm(move: MoveAlarmV1): Promise<Result<object, ControlRefusal>>
  zones(): Promise<Result<{ readonly zones: ReturnType<CareActions['zones']> }, ControlRefusal>>
  resetZone(zoneId: string): Promise<Result<object, ControlRefusal>>
  operators(): Promise<Result<{ readonly operators: Awaited<ReturnType<OperatorActions['list']>> }, ControlRefusal>>
  createOperator(operator: NewOperator): Promise<Result<{ readonly operatorRef: string }, ControlRefusal>>
  disableOperator(request: DisableOperatorV1): Promise<Result<object, ControlRefusal>>
  takings(): Promise<Result<DayAtDesk, ControlRefusal>>
  countTakings(): Promise<Result<DayAtDesk, ControlRefusal>>
  issueTerminal(request: IssueTerminalV1): Promise<Result<IssuedTerminal, ControlRefusal>>
  terminals(): Promise<Result<{ readonly terminals: readonly TerminalReport[] }, ControlRefusal>>
  enrol(personRef: string, photos: readonly Uint8Array[], options?: EnrolOptions): Promise<Result<EnrolResult, ControlRefusal>>
}

export function createControlClient(dataDir: string): ControlClient {
  const socketPath = join(dataDir, CONTROL_SOCKET)

  const call = async <T>(method: 'GET' | 'POST', path: string, body?: object | Buffer): Promise<Result<T, ControlRefusal>> => {
    const raw = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    const type = Buffer.isBuffer(body) ? PHOTOS_TYPE : 'application/json'
    const headers = raw === undefined ? {} : { 'content-type': type, 'content-length': raw.length }
    const { status, text } = await exchange({ socketPath, agent: false, method, path, headers }, raw)
    const value = JSON.parse(text) as T & ControlRefusal
    return status < 300 ? ok(value) : err(value)
  }

  return {
    status: () => call('GET', CONTROL_PATHS.status),
    stop: () => call('POST', CONTROL_PATHS.stop),
    issueDevice: (kind, id) => call('POST', CONTROL_PATHS.devices, { kind, id }),
    revokeDevice: (id) => call('POST', CONTROL_PATHS.revoke, { id }),
    backup: () => call('POST', CONTROL_PATHS.backup),
    brokerFiles: (folder) => call('POST', BROKER_FILES_PATH, { folder }),
    devices: () => call('GET', CARE_PATHS.devices),
    giveCode: (kind, id) => call('POST', CARE_PATHS.claimCodes, { kind, id }),
    alarms: () => call('GET', CARE_PATHS.alarms),
    moveAlarm: (move) => call('POST', CARE_PATHS.alarms, move),
    zones: () => call('GET', CARE_PATHS.zones),
    resetZone: (zoneId) => call('POST', CARE_PATHS.zones, { zoneId }),
    operators: () => call('GET', OPERATOR_PATHS.operators),
    createOperator: (operator) => call('POST', OPERATOR_PATHS.operators, operator),
    disableOperator: (request) => call('POST', OPERATOR_PATHS.disabled, request),
    takings: () => call('GET', TAKINGS_PATHS.today),
    countTakings: () => call('POST', TAKINGS_PATHS.count),
    issueTerminal: (request) => call('POST', TERMINALS_PATH, request),
    terminals: () => call('GET', TERMINALS_PATH),
    enrol: (personRef, photos, { allowDuplicate } = {}) => {
      const query = new URLSearchParams({ personRef, bytes: photos.map((photo) => photo.length).join() })
      if (allowDuplicate !== undefined) {
        query.set('allowBy', allowDuplicate.by)
        query.set('allowReason', allowDuplicate.reason)
      }
      return call('POST', `${CONTROL_PATHS.enrol}?${query}`, Buffer.concat(photos))
    },
  }
}

function exchange(options: RequestOptions, body: Buffer | undefined): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void =>
      reject(gatewayError('GW_CONTROL_UNREACHABLE', { problem: cause.code ?? cause.message }, cause))
    const outgoing = request(options, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', failed)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }))
    })
    outgoing.on('error', failed)
    outgoing.end(body)
  })
}
