import { type Section, sectionsFor } from '../frame/section.js'

const STAFF = ['guard', 'estate-manager', 'auditor', 'admin']
const WATCHERS = [...STAFF, 'bureau-viewer']

/** Pages of the manager's menu, in its order. */
export const SECTIONS: readonly Section[] = [
  { name: 'now', icon: 'now', roles: WATCHERS },
  { name: 'log', icon: 'log', roles: STAFF },
  { name: 'alarms', icon: 'bell', roles: STAFF },
  { name: 'people', icon: 'people', roles: STAFF },
  { name: 'visitors', icon: 'user', roles: STAFF },
  { name: 'tickets', icon: 'hand', roles: ['estate-manager', 'admin'] },
  { name: 'credentials', icon: 'qr', roles: STAFF },
  { name: 'rules', icon: 'clock', roles: STAFF },
  { name: 'devices', icon: 'device', roles: WATCHERS },
  { name: 'integrity', icon: 'integrity', roles: WATCHERS },
]

export const sectionsOf = sectionsFor(SECTIONS)
