import { type Ref, computed, ref, shallowRef } from 'vue'
import type { ApiFailure } from '../../kit/api/failure.js'
import type { AccessLogItem } from '../../kit/api/types.js'
import { appendOlder, waitingCount } from '../../kit/list/event-list.js'
import { type GrowingListDeps, useGrowingList } from '../../kit/list/use-growing-list.js'

/** Rows after which paging on is no way to find anything. */
export const SHOWN_ROWS_MAX = 1_000

export interface AccessLogDeps extends GrowingListDeps {
  /** True where a live event belongs to the list. */
  readonly accepts: (item: AccessLogItem) => boolean
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
  const { list, loading, failure, ask, reload, take, resync, show } = useGrowingList(deps)
  const loadingOlder = ref(false)
  const olderFailure = shallowRef<ApiFailure>()

  return {
    rows: computed(() => list.value.rows),
    waiting: computed(() => waitingCount(list.value)),
    loading,
    loadingOlder,
    failure,
    olderFailure,
    hasOlder: computed(() => list.value.older !== null),
    tooMany: computed(() => list.value.older !== null && list.value.rows.length >= SHOWN_ROWS_MAX),
    reload() {
      olderFailure.value = undefined
      return reload()
    },
    async loadOlder() {
      const before = list.value.older
      if (before === null || loadingOlder.value || loading.value) return
      loadingOlder.value = true
      olderFailure.value = undefined
      await ask(before, {
        page: (page) => { list.value = appendOlder(list.value, page) },
        failed: (error) => { olderFailure.value = error },
      })
      loadingOlder.value = false
    },
    take: (item) => { if (deps.accepts(item)) take(item) },
    resync,
    show,
  }
}
