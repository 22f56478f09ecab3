import { type InjectionKey, type ShallowRef, inject } from 'vue'
import type { PageContext } from '../kit/app-context.js'
import type { PassStore } from './passes/pass-store.js'
import type { ResidentApi } from './resident-api.js'
import type { Home } from './resident-types.js'

/** What `main.ts` builds once. */
export interface ResidentContext extends PageContext {
  readonly api: ResidentApi
  readonly passes: PassStore
  /** What was last heard of oneself: undefined before the server was asked, null where nobody is logged in. */
  readonly me: ShallowRef<Home | null | undefined>
  /** Whether the latest question was answered: a browser calls itself online in any network, also in one that leads nowhere. */
  readonly reached: ShallowRef<boolean>
  /** Leaves for the channel's page. */
  readonly leave: (url: string) => void
}

export const RESIDENT_CONTEXT: InjectionKey<ResidentContext> = Symbol('resident')

/** @throws Error outside of the residents' page */
export function useResident(): ResidentContext {
  const found = inject(RESIDENT_CONTEXT, undefined)
  if (found === undefined) throw new Error('outside of the residents\' page')
  return found
}
