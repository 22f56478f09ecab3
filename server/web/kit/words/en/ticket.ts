/** Words about what residents ask of the estate's people. */
export const ticket = {
  states: 'State',
  state: { open: 'Waiting', taken: 'In hand', done: 'Answered' },
  kind: { rent: 'Rent and bills', repair: 'Repairs', pass: 'Gates', 'data-erasure': 'Erasing personal data', other: 'Something else' },
  none: 'No requests in this state',
  noneHint: 'They appear here when a resident asks for help on the phone.',
  gone: 'A resident who was removed',
  about: 'About a bill',
  take: 'Take in hand',
  finish: 'Answer',
  finishTitle: 'Answer the resident',
  answer: 'Answer',
  answerHint: 'The resident reads this on the phone',
  send: 'Send and finish',
  erasureHint: 'Check who it is and the lease, then remove the person under “People”; leases, bills, payments and receipts stay, as the law asks. Answer afterwards.',
  many: 'The first 200 are shown.',
}
export const ticketRefusal = {
  SV_TICKET_STATE: 'Somebody has dealt with it; load again.',
}
