import { type Ref, computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import type { AccessLogItem, AccessLogPage } from '../../kit/api/types.js'
import {
  type EventList, FOLLOWED_ROWS_MAX, appendOlder, catchUp, emptyList, listOf, receive, release, waitingCount,
} from '../../kit/list/event-list.js'

/** Rows after which paging on is no way to find anything. */
export const SHOWN_ROWS_MAX = 1_000

export interface AccessLogDeps {
  /** One page of what the filters ask for; `before` is the cursor of the page above. */
  readonly fetchPage: (before: string | null, signal: AbortSignal) => Promise<AccessLogPage>
  /** True where a live event belongs to the list. */
  readonly accepts: (item: AccessLogItem) => boolean
  /** True while somebody reads: nothing may move. */
  readonly held: Readonly<Ref<boolean>>
}

export interface AccessLog {
  readonly rows: Readonly<Ref<readonly AccessLogItem[]>>
  readonly waiting: Readonly<Ref<{ count: number; more: boolean }>>
  readonly loading: Readonly<Ref<boolean>>
  readonly loadingOlder: Readonly<Ref<boolean>>
  readonly failure: Readonly<Ref<ApiFailure | undefined>>
  readonly olderFailure: Readonly<Ref<ApiFailure | undefined>>
  readonly hasOlder: Readonly<Ref<boolean>>
  readonly tooMany: Readonly<Ref<boolean>>
  /** Loads the newest page and replaces the list. */
  reload(): Promise<void>
  loadOlder(): Promise<void>
  /** A live event. */
  take(item: AccessLogItem): void
  /** The line was down: asks for what was missed. */
  resync(): Promise<void>
  /** Shows what waits. */
  show(): void
}

/** The access log as a list that pages back and grows at its head without moving what is being read. */
export function useAccessLog(deps: AccessLogDeps): AccessLog {
  const list = shallowRef<EventList>(emptyList)
  const loading = ref(false)
  const loadingOlder = ref(false)
  const failure = shallowRef<ApiFailure>()
  const olderFailure = shallowRef<ApiFailure>()
  let controller = new AbortController()

  /** Runs one request of the list as it is now; a reload makes the answers to all others void. */
  async function ask(before: string | null, use: (page: AccessLogPage) => void, failed: (failure: ApiFailure) => void): Promise<void> {
    const mine = controller
    try {
      const page = await deps.fetchPage(before, mine.signal)
      if (mine === controller) use(page)
    } catch (error) {
      if (mine === controller) failed(asFailure(error))
    }
  }

  async function reload(): Promise<void> {
    controller.abort()
    const mine = new AbortController()
    controller = mine
    loading.value = true
    loadingOlder.value = false
    olderFailure.value = undefined
    const during: AccessLogItem[] = []
    arriving = during
    await ask(null, (page) => {
      // What came in while the page was on its way is in it or newer: nothing falls between.
      list.value = during.reduce((next, item) => receive(next, item, false), listOf(page))
      failure.value = undefined
    }, (error) => { failure.value = error })
    if (mine !== controller) return
    arriving = undefined
    loading.value = false
  }
  let arriving: AccessLogItem[] | undefined

  function take(item: AccessLogItem): void {
    if (!deps.accepts(item)) return
    arriving?.push(item)
    list.value = receive(list.value, item, deps.held.value)
    if (!deps.held.value && list.value.rows.length > FOLLOWED_ROWS_MAX && arriving === undefined) void reload()
  }

  function show(): void {
    if (list.value.gap) void reload()
    else list.value = release(list.value)
  }

  watch(deps.held, (held) => { if (!held) show() }, { flush: 'sync' })
  onScopeDispose(() => {
    controller.abort()
    controller = new AbortController()
  })

  return {
    rows: computed(() => list.value.rows),
    waiting: computed(() => waitingCount(list.value)),
    loading,
    loadingOlder,
    failure,
    olderFailure,
    hasOlder: computed(() => list.value.older !== null),
    tooMany: computed(() => list.value.older !== null && list.value.rows.length >= SHOWN_ROWS_MAX),
    reload,
    async loadOlder() {
      const before = list.value.older
      if (before === null || loadingOlder.value || loading.value) return
      loadingOlder.value = true
      olderFailure.value = undefined
      const mine = controller
      await ask(before, (page) => { list.value = appendOlder(list.value, page) }, (error) => { olderFailure.value = error })
      if (mine === controller) loadingOlder.value = false
    },
    take,
    resync: () => ask(null, (page) => {
      list.value = catchUp(list.value, page, deps.held.value)
      if (list.value.gap && !deps.held.value) void reload()
    }, () => { /* The next event or a reload makes it good. */ }),
    show,
  }
}
