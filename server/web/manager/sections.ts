import type { IconName } from '../kit/components/icon-paths.js'

export interface Section {
  readonly name: string
  readonly icon: IconName
  /** Roles that the page has something for; the server decides, this only spares a way into a refusal. */
  readonly roles: readonly string[]
}

const STAFF = ['guard', 'estate-manager', 'auditor', 'admin']
const WATCHERS = [...STAFF, 'bureau-viewer']

/** Pages of the manager's menu, in its order. */
export const SECTIONS: readonly Section[] = [
  { name: 'now', icon: 'now', roles: WATCHERS },
  { name: 'log', icon: 'log', roles: STAFF },
  { name: 'alarms', icon: 'bell', roles: STAFF },
  { name: 'people', icon: 'people', roles: STAFF },
  { name: 'visitors', icon: 'user', roles: STAFF },
  { name: 'credentials', icon: 'qr', roles: STAFF },
  { name: 'rules', icon: 'clock', roles: STAFF },
  { name: 'devices', icon: 'device', roles: WATCHERS },
  { name: 'integrity', icon: 'integrity', roles: WATCHERS },
]

/** The menu of somebody with these roles. Somebody with none of them sees all of it and is told by each page. */
export function sectionsOf(roles: readonly string[]): readonly Section[] {
  const own = SECTIONS.filter((section) => section.roles.some((role) => roles.includes(role)))
  return own.length > 0 ? own : SECTIONS
}
