import { type Ref, computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import type { Alarm, AlarmPage } from '../../kit/api/operation-types.js'
import { withAny } from './alarm-list.js'

/** Alarms of any state, newest first, page by page. An answer to an earlier question is dropped. */
export function useAlarmHistory(deps: { fetchPage: (before: string | undefined, signal: AbortSignal) => Promise<AlarmPage>; question: Readonly<Ref<unknown>> }) {
  const alarms = shallowRef<readonly Alarm[]>()
  const older = ref<string | null>(null)
  const loading = ref(false)
  const failure = shallowRef<ApiFailure>()
  let controller = new AbortController()
  /** Told since the first page was asked for: its answer may be from before that. */
  let news: Alarm[] = []
  const withNews = (known: readonly Alarm[]): readonly Alarm[] => news.reduce((list, alarm) => withAny(list, alarm, older.value === null), known)

  async function ask(before: string | undefined): Promise<void> {
    const mine = controller
    loading.value = true
    if (before === undefined) news = []
    try {
      const page = await deps.fetchPage(before, mine.signal)
      if (mine !== controller) return
      older.value = page.older
      alarms.value = before === undefined ? withNews(page.alarms) : [...alarms.value ?? [], ...page.alarms]
      failure.value = undefined
    } catch (error) {
      if (mine === controller) failure.value = asFailure(error)
    }
    if (mine === controller) loading.value = false
  }
  function reload(): Promise<void> {
    controller.abort()
    controller = new AbortController()
    return ask(undefined)
  }
  watch(deps.question, reload, { immediate: true })
  onScopeDispose(() => {
    controller.abort()
    controller = new AbortController()
  })
  return {
    alarms, loading, failure, reload,
    hasOlder: computed(() => older.value !== null),
    loadOlder: async (): Promise<void> => { if (older.value !== null && !loading.value) await ask(older.value) },
    /** A live event. */
    take(alarm: Alarm): void {
      if (loading.value) news.push(alarm)
      if (alarms.value !== undefined) alarms.value = withAny(alarms.value, alarm, older.value === null)
    },
  }
}
