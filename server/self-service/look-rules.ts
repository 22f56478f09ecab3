/** What staff and the server did with somebody's records, in the words of the page. */
export const LOOKS = [
  'history-read', 'last-seen-read', 'person-changed', 'household-changed', 'consent-given', 'consent-ended',
  'credential-given', 'credential-ended', 'permit-given', 'permit-ended', 'other',
] as const
export type Look = (typeof LOOKS)[number]

const OF_ACTION: Readonly<Record<string, Look>> = {
  'access-log.person-history': 'history-read', 'household.last-seen': 'last-seen-read', 'person.create': 'person-changed', 'person.phone': 'person-changed',
  'household.member-add': 'household-changed', 'household.member-remove': 'household-changed', 'household.move-in': 'household-changed',
  'household.move-out': 'household-changed', 'household.swap': 'household-changed',
  'consent.grant': 'consent-given', 'consent.end': 'consent-ended', 'credential.issue': 'credential-given', 'credential.end': 'credential-ended',
  'permit.issue': 'permit-given', 'permit.end': 'permit-ended', 'permit.shrink': 'permit-ended',
}
export const lookOf = (action: string): Look => OF_ACTION[action] ?? 'other'
