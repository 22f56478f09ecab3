import type { Device, DeviceHistoryItem, ParameterValue } from '../../kit/api/operation-types.js'
import type { IconName } from '../../kit/components/icon-paths.js'
import type { Tone } from '../../kit/components/tone.js'
import { type Phrase, phrase, phraseOfCode } from '../../kit/words/phrase.js'
import { zhCn } from '../../kit/words/zh-cn.js'

export const deviceKindLabel = (kind: string | null): Phrase => (kind === null ? phrase('device.kind.none') : phraseOfCode('device.kind', kind, zhCn.device.kind))
export const concernLabel = (concern: string): Phrase => phraseOfCode('device.concern', concern, zhCn.device.concern)
export const faultLabel = (fault: string): Phrase => phraseOfCode('device.fault', fault, zhCn.device.fault)

export const CONDITION_TONES: Readonly<Record<Device['condition'], Tone>> = { online: 'good', offline: 'warn', unknown: 'calm' }
export const DEVICE_ICONS: Readonly<Record<string, IconName>> = { camera: 'face', terminal: 'face', controller: 'lock', reader: 'card' }

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** `12 days 3 hours`; minutes are no help in a list of facts. */
export const uptimeLabel = (ms: number): Phrase => phrase('device.days', { days: String(Math.floor(ms / DAY_MS)), hours: String(Math.floor((ms % DAY_MS) / HOUR_MS)) })

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const
/** `12.4 MB`: decimal, as storage is sold. */
export function bytesText(bytes: number): string {
  const at = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1_000 ** at
  return `${at === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${UNITS[at] ?? ''}`
}

/** How a firmware update stands. */
export function updateLabel({ version, state, reason }: NonNullable<Device['firmwareUpdate']>): Phrase {
  const said = state === 'failed'
    ? phrase('device.updateState.failed', { reason: phraseOfCode('device.updateReason', reason ?? '', zhCn.device.updateReason) })
    : phraseOfCode('device.updateState', state, zhCn.device.updateState)
  return phrase('device.updateLine', { version, state: said })
}

const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '')

/** What one record says of a device, in a few words. */
export function historyLabel({ kind, content }: DeviceHistoryItem): Phrase {
  switch (kind.replace(/\.v\d+$/, '')) {
    case 'device-status': return phrase('device.history.device-status', { what: phraseOfCode('device.condition', text(content['status']), zhCn.device.condition) })
    case 'device-info': return phrase('device.history.device-info', {
      what: content['revoked'] === true ? concernLabel('revoked') : `${text(content['model'])} ${text(content['firmware'])}`,
    })
    case 'parameter-result': return phrase('device.history.parameter-result', { what: phraseOfCode('device.settingsState', text(content['outcome']), zhCn.device.settingsState) })
    case 'firmware-status': return phrase('device.history.firmware-status', {
      what: updateLabel({ jobId: '', version: text(content['version']), state: text(content['state']), reason: text(content['reason']), atMs: 0 }),
    })
    default: return phrase('device.history.other', { code: kind })
  }
}

/** One line of the settings form. */
export interface SettingDraft {
  readonly name: string
  readonly value: string
}

export const draftsOf = (values: Readonly<Record<string, ParameterValue>>): SettingDraft[] => Object.entries(values).map(([name, value]) => ({ name, value: String(value) }))

const NAME = /^[a-zA-Z][a-zA-Z0-9-]{0,39}$/
/** A number or a truth where the text is one: devices tell `5` from `"5"`. */
const valueOf = (value: string): ParameterValue => {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^-?\d{1,15}(\.\d{1,10})?$/.test(value) ? Number(value) : value
}

/** The settings that a form says, or what is wrong with a name. Lines without a name are no settings. */
export function valuesOf(drafts: readonly SettingDraft[]): { values: Record<string, ParameterValue> } | { problem: 'badName' | 'twiceName'; name: string } {
  const values: Record<string, ParameterValue> = {}
  for (const { name: typed, value } of drafts) {
    const name = typed.trim()
    if (name === '') continue
    if (!NAME.test(name)) return { problem: 'badName', name }
    if (Object.hasOwn(values, name)) return { problem: 'twiceName', name }
    values[name] = valueOf(value.trim())
  }
  return { values }
}
