import type { FirmwareStatusV1, FIRMWARE_FAILURES } from '#contract/device-care-messages.js'
import { type Machine, to } from '#kernel/fsm.js'
import type { FirmwareStage } from './care-ports.js'

export type FirmwareFailure = (typeof FIRMWARE_FAILURES)[number]

export type FirmwareInput =
  /** The file is here, whole and right. */
  | { readonly kind: 'fetched' }
  /** The device was told of it. */
  | { readonly kind: 'offered' }
  | { readonly kind: 'status'; readonly state: FirmwareStatusV1['state']; readonly reason: FirmwareFailure | null }
  /** The device said hello, running this version or another. */
  | { readonly kind: 'hello'; readonly isNew: boolean }
  /** A newer job for the same device took its place, or it cannot be carried out here. */
  | { readonly kind: 'given-up'; readonly reason: FirmwareFailure }

export type FirmwareEffect = { readonly kind: 'record'; readonly state: 'offered' | FirmwareStatusV1['state']; readonly reason: FirmwareFailure | null }

const ORDER: readonly FirmwareStage[] = ['fetching', 'ready', 'downloading', 'verified', 'installing', 'installed']
const record = (state: FirmwareEffect['state'], reason: FirmwareFailure | null = null): FirmwareEffect => ({ kind: 'record', state, reason })
const isOver = (stage: FirmwareStage): boolean => stage === 'installed' || stage === 'failed'

/**
 * One firmware job. What the device says moves it forwards only; a hello is the proof of what it runs. A device that began
 * to install and comes back with the old version has rolled back, whatever it says.
 */
export const firmwareMachine: Machine<FirmwareStage, FirmwareInput, FirmwareEffect> = (stage, input) => {
  if (isOver(stage)) return undefined
  switch (input.kind) {
    case 'fetched':
      return stage === 'fetching' ? to('ready') : undefined
    case 'offered':
      return stage === 'ready' ? to<FirmwareStage, FirmwareEffect>('ready', record('offered')) : undefined
    case 'status':
      if (stage === 'fetching') return undefined
      if (input.state === 'failed') return to('failed', record('failed', input.reason ?? 'install'))
      return ORDER.indexOf(input.state) > ORDER.indexOf(stage) ? to(input.state, record(input.state)) : undefined
    case 'hello':
      if (input.isNew) return stage === 'fetching' ? undefined : to('installed', record('installed'))
      if (stage === 'installing') return to('failed', record('failed', 'rolled-back'))
      // It restarted in the middle: what it had fetched is gone, and it is offered the file anew.
      return stage === 'downloading' || stage === 'verified' ? to('ready') : undefined
    case 'given-up':
      return to('failed', record('failed', input.reason))
  }
}
