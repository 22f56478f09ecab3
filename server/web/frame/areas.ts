import { FINANCE_SECTIONS } from '../finance/sections.js'
import { SECTIONS as MANAGER_SECTIONS } from '../manager/sections.js'

/** The parts that the pages of staff fall into. */
const AREAS = [
  { name: 'manager', path: '/manager', sections: MANAGER_SECTIONS },
  { name: 'finance', path: '/finance', sections: FINANCE_SECTIONS },
] as const

/** The areas that somebody with these roles has something in. */
export const areasFor = (roles: readonly string[]): ReadonlyArray<{ readonly name: string; readonly path: string }> =>
  AREAS.filter(({ sections }) => sections.some((section) => section.roles.some((role) => roles.includes(role)))).map(({ name, path }) => ({ name, path }))
