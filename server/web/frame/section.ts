import type { User } from '../kit/api/types.js'
import type { IconName } from '../kit/components/icon-paths.js'

/** An entry of a menu; its name is that of its page. */
export interface Section {
  readonly name: string
  readonly icon: IconName
  /** Roles that the page has something for, `role@*` where they must be held for all estates; the server decides, this only spares a way into a refusal. */
  readonly roles: readonly string[]
}

/** Somebody's roles; those held for all estates also as `role@*`. */
export const rolesOf = (user: User | null | undefined): string[] => (user?.grants ?? []).flatMap(({ role, estateId }) => (estateId === '*' ? [role, `${role}@*`] : [role]))

/** The menu of somebody with these roles. Somebody with none of them sees all of it and is told by each page. */
export const sectionsFor = (sections: readonly Section[]) => (roles: readonly string[]): readonly Section[] => {
  const own = sections.filter((section) => section.roles.some((role) => roles.includes(role)))
  return own.length > 0 ? own : sections
}
