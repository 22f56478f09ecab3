import { effectScope, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { ApiFailure } from '../../../server/web/kit/api/failure.js'
import type { AccessLogItem, AccessLogPage } from '../../../server/web/kit/api/types.js'
import { FOLLOWED_ROWS_MAX } from '../../../server/web/kit/list/event-list.js'
import { type AccessLog, useAccessLog } from '../../../server/web/manager/log/use-access-log.js'
import { deferred, settled } from './support/promises.js'
import { passage } from './support/samples.js'

const range = (from: number, to: number): AccessLogItem[] => Array.from({ length: from - to + 1 }, (_, index) => passage(from - index))

function rig(accepts: (item: AccessLogItem) => boolean = () => true) {
  const asked: Array<{ before: string | null; signal: AbortSignal; answer: ReturnType<typeof deferred<AccessLogPage>> }> = []
  const held = ref(false)
  const scope = effectScope()
  const log = scope.run(() => useAccessLog({
    fetchPage: (before, signal) => {
      const answer = deferred<AccessLogPage>()
      asked.push({ before, signal, answer })
      return answer.promise
    },
    accepts, held,
  })) as AccessLog
  const answer = async (index: number, page: AccessLogPage): Promise<void> => {
    asked[index]?.answer.resolve(page)
    await settled()
  }
  return { asked, held, scope, log, answer, seqs: () => log.rows.value.map((item) => item.seq) }
}

describe('access log', () => {
  it('shows the first page, then the next below it, until the end', async () => {
    const { log, answer, asked, seqs } = rig()
    void log.reload()
    expect(log.loading.value).toBe(true)
    await answer(0, { items: range(4, 3), older: 'c1' })
    void log.loadOlder()
    void log.loadOlder()
    await answer(1, { items: range(2, 1), older: null })
    expect([asked.map((ask) => ask.before), seqs(), log.hasOlder.value]).toEqual([[null, 'c1'], [4, 3, 2, 1], false])
    await log.loadOlder()
    expect(asked.length).toBe(2)
  })

  it('drops the answer to a question that is no longer asked', async () => {
    const { log, answer, asked, seqs } = rig()
    void log.reload()
    void log.reload()
    expect(asked[0]?.signal.aborted).toBe(true)
    await answer(1, { items: range(2, 2), older: null })
    await answer(0, { items: range(9, 9), older: null })
    expect(seqs()).toEqual([2])
  })

  it('loses no passage that comes in while the first page is on its way', async () => {
    const { log, answer, seqs } = rig()
    void log.reload()
    log.take(passage(5))
    log.take(passage(4))
    await answer(0, { items: range(4, 3), older: 'c1' })
    expect(seqs()).toEqual([5, 4, 3])
  })

  it('ignores what the filters exclude', async () => {
    const { log, answer, seqs } = rig((item) => item.gateId === 'gate-1')
    void log.reload()
    await answer(0, { items: range(1, 1), older: null })
    log.take(passage(2, { gateId: 'gate-2' }))
    expect(seqs()).toEqual([1])
  })

  it('counts while somebody reads and shows when they stop', async () => {
    const { log, answer, held, seqs } = rig()
    void log.reload()
    await answer(0, { items: range(1, 1), older: null })
    held.value = true
    for (let count = 2; count <= 13; count++) log.take(passage(count))
    expect([seqs(), log.waiting.value]).toEqual([[1], { count: 12, more: false }])
    held.value = false
    expect([seqs().length, log.waiting.value.count]).toEqual([13, 0])
  })

  it('keeps what is shown where a reload fails, and says why', async () => {
    const { log, answer, asked, seqs } = rig()
    void log.reload()
    await answer(0, { items: range(1, 1), older: 'c1' })
    void log.loadOlder()
    asked[1]?.answer.reject(new ApiFailure('unavailable', 'SV_DB_BUSY'))
    await settled()
    expect([log.olderFailure.value?.code, log.loadingOlder.value, seqs()]).toEqual(['SV_DB_BUSY', false, [1]])
    void log.reload()
    asked[2]?.answer.reject(new ApiFailure('offline', ''))
    await settled()
    expect([log.failure.value?.kind, log.loading.value, seqs()]).toEqual(['offline', false, [1]])
  })

  it('asks for what was missed after the line was down, and loads anew across a gap', async () => {
    const { log, answer, asked, seqs } = rig()
    void log.reload()
    await answer(0, { items: range(3, 1), older: null })
    void log.resync()
    await settled()
    await answer(1, { items: range(5, 2), older: 'c' })
    expect(seqs()).toEqual([5, 4, 3, 2, 1])
    void log.resync()
    await settled()
    await answer(2, { items: range(90, 80), older: 'c' })
    expect(asked.length).toBe(4)
    await answer(3, { items: range(91, 81), older: 'd' })
    expect([seqs()[0], seqs().length, log.waiting.value.more]).toEqual([91, 11, false])
  })

  it('lets no page that was asked for before undo what was missed', async () => {
    const { log, answer, asked, seqs } = rig()
    void log.reload()
    void log.resync()
    await settled()
    expect(asked.length).toBe(1)
    await answer(0, { items: range(3, 2), older: 'c' })
    await answer(1, { items: range(4, 3), older: 'c' })
    expect(seqs()).toEqual([4, 3, 2])
  })

  it('does not grow without end while it follows', async () => {
    const { log, answer, asked, seqs } = rig()
    void log.reload()
    await answer(0, { items: range(1, 1), older: null })
    for (let count = 2; count <= FOLLOWED_ROWS_MAX + 1; count++) log.take(passage(count))
    expect(asked.length).toBe(2)
    await answer(1, { items: range(FOLLOWED_ROWS_MAX + 1, FOLLOWED_ROWS_MAX - 48), older: 'c' })
    expect(seqs().length).toBe(50)
  })

  it('stops asking when its page is left', async () => {
    const { log, scope, asked, answer, seqs } = rig()
    void log.reload()
    scope.stop()
    expect(asked[0]?.signal.aborted).toBe(true)
    await answer(0, { items: range(1, 1), older: null })
    expect(seqs()).toEqual([])
  })
})
