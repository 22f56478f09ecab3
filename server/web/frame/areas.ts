import { FINANCE_SECTIONS } from '../finance/sections.js'
import { SECTIONS as MANAGER_SECTIONS } from '../manager/sections.js'

/** The parts that the pages of staff fall into. */
const AREAS = [
  { name: 'manager', path: '/manager', sections: MANAGER_SECTIONS },
  { name: 'finance', path: '/finance', sections: FINANCE_SECTIONS },
] as const

interface Area {
  readonly name: string
  readonly path: string
  /** Name of the first page in it that is theirs. */
  readonly front: string
}

/** The areas that somebody with these roles has something in. */
export const areasFor = (roles: readonly string[]): readonly Area[] => AREAS.flatMap(({ name, path, sections }) => {
  const front = sections.find((section) => section.roles.some((role) => roles.includes(role)))
  return front === undefined ? [] : [{ name, path, front: front.name }]
})
