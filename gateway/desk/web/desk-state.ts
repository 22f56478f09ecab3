import { onScopeDispose, ref, shallowRef } from 'vue'
import { asFailure } from '../../../server/web/kit/api/failure.js'
import { type LiveState, createLiveFeed } from '../../../server/web/kit/live/live-feed.js'
import { useResource } from '../../../server/web/kit/use-resource.js'
import type { Board, DoorWord, Passage } from './desk-api.js'
import type { DeskContext, DeskState } from './desk-context.js'
import { type PassageRows, withDoor, withOlder, withPage, withPassage } from './passage-list-rules.js'

const KINDS = ['passage', 'door', 'board', 'dropped'] as const
const TICK_MS = 5_000

/** Loads what the screen shows and keeps it as it is at the gateway, for as long as the screen is there. */
export function createDeskState(context: DeskContext): DeskState {
  const { api } = context
  const board = useResource(() => api.board())
  const passages = shallowRef<PassageRows>({ rows: [], older: null })
  const live = ref<LiveState>('off')
  const nowMs = ref(api.nowMs())
  let gone = false

  /** A failure shows as the live line's state; the line comes back by itself and loads anew. */
  async function load(): Promise<void> {
    const [page] = await Promise.all([api.passages(null), board.load()])
    if (gone) return
    passages.value = withPage(passages.value, page)
    nowMs.value = api.nowMs()
  }
  const loadQuietly = (): void => void load().catch(() => undefined)

  const feed = createLiveFeed<(typeof KINDS)[number]>({
    kinds: KINDS, open: context.openStream, after: context.after,
    maySubscribe: () => api.me().then(() => true, (error: unknown) => asFailure(error).kind !== 'signed-out'),
    onState: (state) => { live.value = state },
    onOpen: loadQuietly,
    onEvent: (kind, payload) => {
      nowMs.value = api.nowMs()
      if (kind === 'passage') passages.value = withPassage(passages.value, payload as Passage)
      if (kind === 'door') passages.value = withDoor(passages.value, payload as DoorWord & { passageId: string })
      if (kind === 'board') board.change(() => payload as Board)
      if (kind === 'dropped') loadQuietly()
    },
  })
  let cancelTick = context.after(TICK_MS, tick)
  function tick(): void {
    nowMs.value = api.nowMs()
    cancelTick = context.after(TICK_MS, tick)
  }
  loadQuietly()
  feed.start('/api/desk/live')
  onScopeDispose(() => {
    gone = true
    cancelTick()
    feed.stop()
  })
  return {
    board: board.data, passages, live, nowMs,
    async loadOlder() {
      const { older } = passages.value
      if (older !== null) passages.value = withOlder(passages.value, await api.passages(older))
    },
  }
}
