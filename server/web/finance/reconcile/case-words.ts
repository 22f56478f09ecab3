import type { Tone } from '../../kit/components/tone.js'

const TONES: Readonly<Record<string, Tone>> = { open: 'warn', proposed: 'accent', approved: 'good', cleared: 'good', auto: 'calm' }
/** Colour of a case's state. */
export const stateTone = (state: string): Tone => TONES[state] ?? 'calm'

/** States of orders and refunds that the two sides name. */
export const SIDE_STATES = [
  'created', 'paying', 'paid', 'closed', 'failed', 'late-paid', 'part-refunded', 'refunded', 'draft', 'approved', 'rejected', 'processing', 'succeeded', 'abnormal',
  'paid-out',
] as const
