import { type InjectionKey, inject } from 'vue'
import type { Api } from './api/api.js'
import type { EventStream } from './live/live-feed.js'
import type { Preferences } from './preferences.js'
import type { Session } from './session.js'

/** What `main.ts` builds once and every page uses. */
export interface AppContext {
  readonly api: Api
  readonly session: Session
  readonly preferences: Preferences
  readonly openStream: (url: string) => EventStream
  /** Runs the callback once after that many milliseconds; returns how to cancel it. */
  readonly after: (delayMs: number, callback: () => void) => () => void
}

export const APP_CONTEXT: InjectionKey<AppContext> = Symbol('app')

/** @throws Error outside the application */
export function useApp(): AppContext {
  const context = inject(APP_CONTEXT)
  if (context === undefined) throw new Error('useApp() outside the application')
  return context
}
