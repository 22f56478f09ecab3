import { type HttpClient, withQuery } from './client.js'
import type { Alarm, AlarmPage, AlarmQuery, Device, DeviceHistoryItem, Firmware, Order, ParameterValue, PassageFigures } from './operation-types.js'

const part = encodeURIComponent
const BINARY = 'application/octet-stream'

/** What an export of passages is narrowed to; `reason` asks for names in clear. */
export interface ExportWish {
  readonly conditions: Readonly<Record<string, string | number>>
  readonly reason?: string
  readonly language: string
}

/** Endpoints about alarms, orders, devices and figures. */
export function operationApi(http: HttpClient) {
  const estate = (estateId: string): string => `/api/estates/${part(estateId)}`
  const gate = (estateId: string, gateId: string): string => `${estate(estateId)}/gates/${part(gateId)}`
  const device = (estateId: string, deviceId: string): string => `${estate(estateId)}/devices/${part(deviceId)}`
  return {
    openAlarms: (estateId?: string, signal?: AbortSignal) => http.get<{ alarms: readonly Alarm[]; more: boolean }>('/api/alarms/open', { estateId }, signal),
    alarms: (query: AlarmQuery, signal?: AbortSignal) => http.get<AlarmPage>('/api/alarms', { ...query }, signal),
    askAlarm: (alarm: Pick<Alarm, 'estateId' | 'alarmId'>, what: 'acknowledge' | 'clear', note?: string) =>
      http.send<Order>('POST', `${estate(alarm.estateId)}/alarms/${part(alarm.alarmId)}/${what}`, note === undefined ? {} : { note }),
    openGate: (estateId: string, gateId: string, order: { reason: string; note?: string }) => http.send<Order>('POST', `${gate(estateId, gateId)}/open`, order),
    setGateMode: (estateId: string, gateId: string, order: { mode: string; reason: string; note?: string }) => http.send<Order>('POST', `${gate(estateId, gateId)}/mode`, order),
    order: (orderId: string, signal?: AbortSignal) => http.get<Order>(`/api/orders/${part(orderId)}`, {}, signal),
    orders: (query: { estateId?: string; subject?: string; limit?: number }, signal?: AbortSignal) => http.get<{ orders: readonly Order[] }>('/api/orders', query, signal),
    devices: (estateId?: string, signal?: AbortSignal) => http.get<{ devices: readonly Device[] }>('/api/devices', { estateId }, signal),
    deviceHistory: (estateId: string, deviceId: string, before?: string, signal?: AbortSignal) =>
      http.get<{ items: readonly DeviceHistoryItem[]; older: string | null }>(`${device(estateId, deviceId)}/history`, { before }, signal),
    setDevice: (estateId: string, deviceId: string, values: Readonly<Record<string, ParameterValue>>) =>
      http.send<void>('PUT', `${device(estateId, deviceId)}/settings`, { values }),
    claimDevice: (estateId: string, claim: { deviceId: string; deviceKind: string }) =>
      http.send<{ order: Order; claimCode: string }>('POST', `${estate(estateId)}/device-claims`, claim),
    revokeDevice: (estateId: string, deviceId: string, note?: string) => http.send<Order>('POST', `${device(estateId, deviceId)}/revoke`, note === undefined ? {} : { note }),
    updateDevice: (estateId: string, deviceId: string, firmwareId: string) => http.send<Order>('POST', `${device(estateId, deviceId)}/firmware`, { firmwareId }),
    firmware: (signal?: AbortSignal) => http.get<{ files: readonly Firmware[] }>('/api/firmware', {}, signal),
    uploadFirmware: (about: { deviceKind: string; model: string; version: string }, file: Blob) => http.upload<Firmware>(withQuery('/api/firmware', about), file, BINARY),
    removeFirmware: (firmwareId: string) => http.send<void>('DELETE', `/api/firmware/${part(firmwareId)}`),
    figures: (query: { estateId?: string; fromMs: number; toMs: number }, signal?: AbortSignal) => http.get<PassageFigures>('/api/figures/passages', query, signal),
    figuresBook: (query: { estateId?: string; fromMs: number; toMs: number; language: string }) => withQuery('/api/figures/passages.xlsx', query),
    exportPassages: (wish: ExportWish) => http.download('/api/access-log/export', wish),
  }
}
