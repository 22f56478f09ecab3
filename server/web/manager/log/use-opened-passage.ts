import { type Ref, shallowRef, watch } from 'vue'
import type { AccessLogItem } from '../../kit/api/types.js'

export interface OpenedPassageDeps {
  /** The id in the address, as it stands there. */
  readonly named: Readonly<Ref<unknown>>
  /** A passage of the list. */
  readonly find: (passageId: string) => AccessLogItem | undefined
  readonly fetch: (passageId: string) => Promise<AccessLogItem>
  /** Puts an id into the address, or takes it out. */
  readonly name: (passageId: string | undefined) => void
}

/** The passage whose sheet is open: it stands in the address, so a link opens it, also where the list has it not. */
export function useOpenedPassage(deps: OpenedPassageDeps) {
  const opened = shallowRef<AccessLogItem>()

  watch(deps.named, async (named) => {
    if (typeof named !== 'string' || named === '') {
      opened.value = undefined
      return
    }
    if (opened.value?.passageId === named) return
    const item = deps.find(named) ?? await deps.fetch(named).catch(() => undefined)
    if (deps.named.value !== named) return
    opened.value = item
    if (item === undefined) deps.name(undefined)
  }, { immediate: true })

  return {
    opened,
    open(item: AccessLogItem): void {
      opened.value = item
      deps.name(item.passageId)
    },
    close: (): void => deps.name(undefined),
  }
}
