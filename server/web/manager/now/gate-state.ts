import type { Gate } from '../../kit/api/types.js'
import type { Tone } from '../../kit/components/tone.js'
import { type Phrase, phrase, phraseOfCode } from '../../kit/words/phrase.js'
import { zhCn } from '../../kit/words/zh-cn.js'

/** One condition a gate, the most urgent that holds; in the order of urgency. */
export const GATE_CONDITIONS = ['fire', 'alarm', 'offline', 'unknown', 'open', 'released', 'locked'] as const
export type GateCondition = (typeof GATE_CONDITIONS)[number]

export const GATE_TONES: Readonly<Record<GateCondition, Tone>> = {
  fire: 'danger', alarm: 'danger', offline: 'warn', unknown: 'calm', open: 'accent', released: 'accent', locked: 'calm',
}

export function gateCondition(gate: Gate): GateCondition {
  if (gate.fire) return 'fire'
  if (gate.alarm !== null) return 'alarm'
  if (gate.controller === 'offline') return 'offline'
  if (gate.controller === 'unknown') return 'unknown'
  if (gate.contact === 'open') return 'open'
  if (gate.relay === 'released') return 'released'
  return gate.relay === 'locked' ? 'locked' : 'unknown'
}

/** How the gate was told to work, and why. */
export const modeLabel = ({ mode, modeCause }: Gate): Phrase => {
  const said = phraseOfCode('gateAct.mode', mode, zhCn.gateAct.mode)
  return modeCause === null ? said : phrase('gateAct.modeNow', { mode: said, cause: phraseOfCode('gateAct.modeCause', modeCause, zhCn.gateAct.modeCause) })
}

export interface GateAlarm {
  readonly gate: Gate
  readonly condition: 'fire' | 'alarm' | 'offline'
  readonly what: Phrase
}

export const gateKey = ({ estateId, gateId }: { estateId: string; gateId: string | null }): string => `${estateId}/${gateId ?? ''}`

const isAlarming = (condition: GateCondition): condition is GateAlarm['condition'] =>
  condition === 'fire' || condition === 'alarm' || condition === 'offline'

function alarmPhrase(gate: Gate, condition: GateAlarm['condition']): Phrase {
  if (condition === 'alarm') return phraseOfCode('gate.alarms', gate.alarm ?? '', zhCn.gate.alarms)
  return phrase(condition === 'fire' ? 'gate.fireHint' : 'gate.offlineHint')
}

/**
 * Gates that somebody must look at: by urgency, then the longest-standing first. Where an alarm of the gateway stands for
 * a gate, it says more than the gate's condition does.
 * @param alarmed gates with an open alarm, by estate and id
 */
export function gateAlarms(gates: readonly Gate[], alarmed: ReadonlySet<string> = new Set()): GateAlarm[] {
  return gates
    .flatMap((gate) => {
      const condition = gateCondition(gate)
      return isAlarming(condition) && !alarmed.has(gateKey(gate)) ? [{ gate, condition, what: alarmPhrase(gate, condition) }] : []
    })
    .sort((a, b) => GATE_CONDITIONS.indexOf(a.condition) - GATE_CONDITIONS.indexOf(b.condition) || (a.gate.updatedAtMs ?? 0) - (b.gate.updatedAtMs ?? 0))
}

export interface GateTotals {
  readonly gates: number
  readonly online: number
  readonly granted: number
  readonly refused: number
}

export const gateTotals = (gates: readonly Gate[]): GateTotals => ({
  gates: gates.length,
  online: gates.filter((gate) => gate.controller === 'online').length,
  granted: gates.reduce((sum, gate) => sum + gate.grantedToday, 0),
  refused: gates.reduce((sum, gate) => sum + gate.refusedToday, 0),
})

/** The list with one gate renewed in its place; a gate that was not there comes last. */
export function withGate(gates: readonly Gate[], gate: Gate): Gate[] {
  const at = gates.findIndex((other) => other.estateId === gate.estateId && other.gateId === gate.gateId)
  return at < 0 ? [...gates, gate] : gates.with(at, gate)
}

export interface GateGroup {
  readonly estateId: string
  readonly gates: readonly Gate[]
}

/** Gates of one estate together, in the order in which they came. */
export function gatesByEstate(gates: readonly Gate[]): GateGroup[] {
  const groups = new Map<string, Gate[]>()
  for (const gate of gates) groups.set(gate.estateId, [...(groups.get(gate.estateId) ?? []), gate])
  return [...groups].map(([estateId, own]) => ({ estateId, gates: own }))
}
