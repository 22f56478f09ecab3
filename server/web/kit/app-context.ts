import { type InjectionKey, inject } from 'vue'
import type { Api } from './api/api.js'
import type { EventStream } from './live/live-feed.js'
import type { Preferences } from './preferences.js'
import type { Session } from './session.js'

/** What words and parts of a page need, whoever serves it. */
export interface PageContext {
  readonly preferences: Preferences
  readonly openStream: (url: string) => EventStream
  /** Runs the callback once after that many milliseconds; returns how to cancel it. */
  readonly after: (delayMs: number, callback: () => void) => () => void
}

/** What `main.ts` builds once and every page of the server uses. */
export interface AppContext extends PageContext {
  readonly api: Api
  readonly session: Session
}

/** Of a page that is served by somebody else than the server; its own pages provide `APP_CONTEXT`. */
export const PAGE_CONTEXT: InjectionKey<PageContext> = Symbol('page')
export const APP_CONTEXT: InjectionKey<AppContext> = Symbol('app')

/** @throws Error outside the application */
export function useApp(): AppContext {
  const context = inject(APP_CONTEXT)
  if (context === undefined) throw new Error('useApp() outside the application')
  return context
}

/** @throws Error outside of both */
export const usePage = (): PageContext => inject(PAGE_CONTEXT, undefined) ?? useApp()
