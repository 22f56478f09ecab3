import type { MemberEntry, MemberRole } from '../../kit/api/household-types.js'
import type { Person } from '../../kit/api/types.js'

/** A person on a form, somebody new or somebody registered. */
export interface MemberDraft {
  /** Tells one from another while the list changes. */
  readonly key: number
  role: MemberRole
  known: boolean
  person: Person | undefined
  displayName: string
  birthDate: string
  phone: string
}

export const newMember = (key: number, role: MemberRole): MemberDraft =>
  ({ key, role, known: false, person: undefined, displayName: '', birthDate: '', phone: '' })

/** Key of the words of the first field that is empty; '' where all is there. */
export function missingField(draft: MemberDraft): '' | 'move.person' | 'move.name' | 'move.birth' {
  if (draft.known) return draft.person === undefined ? 'move.person' : ''
  if (draft.displayName.trim() === '') return 'move.name'
  return draft.birthDate === '' ? 'move.birth' : ''
}

/** What the server is told of a draft without missing fields. */
export function entryOf(draft: MemberDraft): MemberEntry {
  const phone = draft.phone.trim()
  return {
    role: draft.role,
    ...(draft.known ? { personRef: draft.person?.personRef ?? '' } : { displayName: draft.displayName.trim(), birthDate: draft.birthDate }),
    ...(phone === '' ? {} : { phone }),
  }
}
