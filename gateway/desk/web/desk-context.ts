import { type InjectionKey, type Ref, type ShallowRef, inject } from 'vue'
import type { PageContext } from '../../../server/web/kit/app-context.js'
import type { LiveState } from '../../../server/web/kit/live/live-feed.js'
import type { Board, DeskApi, Me } from './desk-api.js'
import type { PassageRows } from './passage-list-rules.js'

/** The newest state of everything on the screen. */
export interface DeskState {
  readonly board: Readonly<ShallowRef<Board | undefined>>
  readonly passages: Readonly<ShallowRef<PassageRows>>
  readonly live: Readonly<Ref<LiveState>>
  readonly nowMs: Readonly<Ref<number>>
  loadOlder(): Promise<void>
}

/** What `main.ts` builds once. */
export interface DeskContext extends PageContext {
  readonly api: DeskApi
  readonly me: Readonly<Ref<Me | null | undefined>>
  signIn(loginName: string, password: string): Promise<void>
  signOut(): Promise<void>
}

export const DESK_CONTEXT: InjectionKey<DeskContext> = Symbol('desk')
export const DESK_STATE: InjectionKey<DeskState> = Symbol('desk state')

/** @throws Error outside of the desk */
function must<T>(key: InjectionKey<T>): T {
  const found = inject(key, undefined)
  if (found === undefined) throw new Error('outside of the desk')
  return found
}

export const useDesk = (): DeskContext => must(DESK_CONTEXT)
export const useDeskState = (): DeskState => must(DESK_STATE)
