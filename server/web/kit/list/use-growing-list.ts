import { type Ref, type ShallowRef, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type ApiFailure, asFailure } from '../api/failure.js'
import type { AccessLogItem, AccessLogPage } from '../api/types.js'
import { type EventList, FOLLOWED_ROWS_MAX, catchUp, emptyList, listOf, receive, release } from './event-list.js'

export interface GrowingListDeps {
  /** One page of what is listed; `before` is the cursor of the page above. */
  readonly fetchPage: (before: string | null, signal: AbortSignal) => Promise<AccessLogPage>
  /** True while somebody reads: nothing may move. */
  readonly held: Readonly<Ref<boolean>>
}

/** Uses a page, or a failure. */
export interface PageUse {
  readonly page: (page: AccessLogPage) => void
  readonly failed: (failure: ApiFailure) => void
}

/** Asks for pages of one list. After `renew` the answers to all earlier questions are void, and so they are at the end. */
function useQuestions(fetchPage: GrowingListDeps['fetchPage']) {
  let controller = new AbortController()
  const renew = (): AbortController => {
    controller.abort()
    return (controller = new AbortController())
  }
  onScopeDispose(renew)
  return {
    renew,
    isCurrent: (mine: AbortController): boolean => mine === controller,
    async ask(before: string | null, use: PageUse): Promise<void> {
      const mine = controller
      try {
        const page = await fetchPage(before, mine.signal)
        if (mine === controller) use.page(page)
      } catch (error) {
        if (mine === controller) use.failed(asFailure(error))
      }
    },
  }
}

export interface GrowingList {
  readonly list: ShallowRef<EventList>
  readonly loading: Readonly<Ref<boolean>>
  readonly failure: Readonly<ShallowRef<ApiFailure | undefined>>
  ask(before: string | null, use: PageUse): Promise<void>
  /** Loads the newest page and replaces the list. */
  reload(): Promise<void>
  /** A live event. */
  take(item: AccessLogItem): void
  /** The line was down: asks for what was missed. */
  resync(): Promise<void>
  /** Shows what waits. */
  show(): void
}

/** The head of a list: loaded anew, grown by live events, held while it is read, made whole after a broken line. */
export function useGrowingList(deps: GrowingListDeps): GrowingList {
  const list = shallowRef<EventList>(emptyList)
  const loading = ref(false)
  const failure = shallowRef<ApiFailure>()
  const { ask, renew, isCurrent } = useQuestions(deps.fetchPage)
  /** Passages that came in while a reload waits for its page. */
  let arriving: AccessLogItem[] | undefined
  let reloading: Promise<void> = Promise.resolve()

  async function loadNewest(): Promise<void> {
    const mine = renew()
    const during: AccessLogItem[] = []
    arriving = during
    loading.value = true
    await ask(null, {
      page(page) {
        // What came in while the page was on its way is in it or newer: nothing falls between.
        list.value = during.reduce((next, item) => receive(next, item, false), listOf(page))
        failure.value = undefined
      },
      failed: (error) => { failure.value = error },
    })
    if (!isCurrent(mine)) return
    arriving = undefined
    loading.value = false
  }
  const reload = (): Promise<void> => (reloading = loadNewest())

  function take(item: AccessLogItem): void {
    arriving?.push(item)
    list.value = receive(list.value, item, deps.held.value)
    if (!deps.held.value && list.value.rows.length > FOLLOWED_ROWS_MAX && arriving === undefined) void reload()
  }

  async function resync(): Promise<void> {
    // A page that is on its way was read before: taken in later it would undo this one.
    await reloading
    await ask(null, {
      page(page) {
        list.value = catchUp(list.value, page, deps.held.value)
        if (list.value.gap && !deps.held.value) void reload()
      },
      failed: () => { /* The next event or a reload makes it good. */ },
    })
  }

  function show(): void {
    if (list.value.gap) void reload()
    else list.value = release(list.value)
  }
  watch(deps.held, (held) => { if (!held) show() }, { flush: 'sync' })
  return { list, loading, failure, ask, reload, take, resync, show }
}
