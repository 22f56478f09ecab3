import { createHash } from 'node:crypto'

/** What a payment channel does wrong. Each is switched on for one order, or happens at a rate. */
export const CHANNEL_FAULTS = {
  'notify-lost': 'no notify is ever sent',
  'notify-repeated': 'every notify is sent four times at once',
  'notify-first': 'the notify is sent before the order is answered: the payer was very quick',
  'notify-late': 'the first notify is sent with the second delay of the schedule',
  'notify-amount': 'the notify says one fen more than was ordered',
  'notify-signature': 'the first notify is not signed by the channel',
  'notify-serial': 'the first notify names a key that nobody has',
  'notify-probe': 'a signature probe is sent before the notify',
  'notify-stale': 'the first notify was signed ten minutes ago',
  'paid-after-close': 'closing answers as usual, and the payer pays all the same',
  'paying-fails': 'the payer types a password for a while and then fails',
  'lost-answer': 'the call is carried out and answered 500',
  'busy': 'the first call is answered: too many calls',
  'refund-abnormal': 'a refund never reaches the payer',
  'refund-slow': 'a refund stays in progress over the day',
  'refund-no-money': 'there is not enough on the merchant\'s balance for a refund',
  'refund-again-refused': 'a refund that was carried out is refused where it is asked for again',
  'bill-late': 'the bill is still being made at the first two questions',
  'bill-row-missing': 'the order is not in the bill',
  'bill-row-edited': 'the bill says one fen less than was paid',
  'bill-row-repeated': 'the order stands in the bill twice',
  'bill-hash': 'the hash is another file\'s',
  'bill-cut': 'the bill ends in the middle of a line',
  'bill-chargeback': 'the fund bill deducts 300 fen for nothing that anybody knows of',
  'bill-row-unlisted': 'the order is in the fund bill and not in the trade bill',
  'fund-row-missing': 'the order or refund moves nothing in the fund bill',
  'fund-row-short': 'the fund bill moves one fen less than the trade bill says',
  'fund-row-fee': 'the fund bill charges two fen more than the trade bill says',
  'fund-row-late': 'the money moves in the fund bill of the next day',
  'fund-row-renumbered': 'the fund bill has another number of the channel\'s, and ours',
  'fund-extra-row': 'the fund bill holds a payment that nobody made',
  'fund-extra-refund': 'the fund bill holds a refund that nobody asked for',
  'settle-short': 'the bank is credited one fen less',
  'settle-over': 'the bank is credited one fen more',
  'settle-fee': 'the channel keeps five fen more than its bill says',
  'settle-late': 'the credit comes ten days later',
  'settle-missing': 'the credit never comes',
  'settle-merged': 'the credit comes together with that of the next day',
  'settle-split': 'the credit comes in two parts',
  'settle-twice': 'the credit comes twice',
  'settle-unknown': 'the bank is credited besides with what nobody knows of',
  'bill-zip-slip': 'a file of the bill\'s zip has a name that leads out of its folder',
  'bill-zip-bomb': 'a file of the bill\'s zip becomes a thousand times what it was packed to',
  'bill-no-mark': 'the bill begins without a byte order mark',
  'bill-legacy': 'the bill has the 24 columns of old',
  'receipt-lost': 'an electronic receipt is given, or taken back, and answered 500',
  'bill-extra-row': 'the bill holds an order that nobody made',
} as const
export type ChannelFault = keyof typeof CHANNEL_FAULTS
export const CHANNEL_FAULT_NAMES = Object.keys(CHANNEL_FAULTS) as ChannelFault[]

export interface FaultPlan {
  /** Whether this goes wrong for this order (or, for bills as a whole, this day). The same question has always the same answer. */
  happens(fault: ChannelFault, about: string): boolean
  /** Switches faults on for one order or day. */
  plan(about: string, faults: readonly ChannelFault[]): void
  setRate(fault: ChannelFault, rate: number): void
}

/** Decided by a hash of seed, fault and order: what happens to one order does not depend on how many came before. */
export function createFaultPlan(seed: number): FaultPlan {
  const planned = new Map<string, Set<ChannelFault>>()
  const rates = new Map<ChannelFault, number>()
  const dice = (fault: ChannelFault, about: string): number =>
    createHash('sha256').update(`${seed}\n${fault}\n${about}`).digest().readUInt32BE(0) / 2 ** 32
  return {
    happens: (fault, about) => planned.get(about)?.has(fault) === true || dice(fault, about) < (rates.get(fault) ?? 0),
    plan: (about, faults) => void planned.set(about, new Set(faults)),
    setRate: (fault, rate) => void rates.set(fault, rate),
  }
}

/** Reads `fault=rate,fault=rate`. @returns one sentence where it is not understood */
export function readRates(text: string, plan: FaultPlan): string | undefined {
  for (const part of text.split(',').filter((one) => one !== '')) {
    const [name = '', value = ''] = part.split('=')
    const fault = CHANNEL_FAULT_NAMES.find((known) => known === name)
    if (fault === undefined) return `${JSON.stringify(name)} is none of ${CHANNEL_FAULT_NAMES.join(', ')}`
    const rate = Number(value)
    if (value.trim() === '' || !(rate >= 0 && rate <= 1)) return `${name}: ${JSON.stringify(value)} is no rate from 0 to 1`
    plan.setRate(fault, rate)
  }
  return undefined
}
