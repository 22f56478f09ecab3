import { seededRandom } from '#kernel/random.js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AccessLogItem } from '../../server/web/kit/api/types.js'
import { pointerAway } from './support/manager-pages.js'
import { type Rig, type Visitor, startRig } from './support/manager-rig.js'
import { makePassage } from './support/passages.js'

let rig: Rig
beforeAll(async () => { rig = await startRig() })
afterEach(() => rig.leave())
afterAll(() => rig.stop())

const random = seededRandom(11)
let made = 10_000
/** Passages at the first estate's first gate, as the server would store and tell them. */
function pass(count: number, change: Partial<AccessLogItem> = {}): AccessLogItem[] {
  return Array.from({ length: count }, () => {
    const item = { ...makePassage(rig.world, random, { index: made++, occurredAtMs: Date.now() }), estateId: 'estate-1', gateId: 'gate-1-1', gateName: '南门人行通道', ...change }
    rig.world.passages.unshift(item)
    rig.server.lines.send('access', item)
    return item
  })
}
const topOf = async (visitor: Visitor, passageId: string): Promise<number> => (await visitor.row(passageId).boundingBox())?.y ?? Number.NaN
const firstId = (visitor: Visitor) => visitor.rows().first().getAttribute('data-passage')

async function atTheLog(device: 'desk' | 'phone' = 'desk'): Promise<Visitor> {
  const visitor = await rig.manager('/manager/log', device)
  await visitor.rows().first().waitFor()
  await visitor.live()
  await pointerAway(visitor.page)
  return visitor
}

describe('a passage that happens now', () => {
  it('slides in at the head where nobody reads', async () => {
    const visitor = await atTheLog()
    const [item] = pass(1)
    await visitor.row(item?.passageId ?? '').waitFor()
    await expect.poll(async () => [await firstId(visitor), await visitor.pill().count()]).toEqual([item?.passageId, 0])
  })

  for (const device of ['desk', 'phone'] as const) {
    it(`moves nothing that is being read on a ${device}: it is counted, and shown when asked for`, async () => {
      const visitor = await atTheLog(device)
      const read = rig.world.passages[20]?.passageId ?? ''
      await visitor.row(read).scrollIntoViewIfNeeded()
      await visitor.page.mouse.wheel(0, 40)
      await visitor.page.evaluate(() => window.scrollBy(0, 40))
      await visitor.page.waitForFunction(() => window.scrollY > 100)
      const before = await topOf(visitor, read)
      const items = pass(12)
      await visitor.pill().waitFor()
      await visitor.page.waitForFunction(() => document.querySelector('[data-test="pill"]')?.textContent?.includes('12'))
      expect([(await visitor.pill().innerText()).trim(), await topOf(visitor, read), await visitor.row(items[0]?.passageId ?? '').count()]).toEqual(['12 条新记录', before, 0])
      await visitor.pill().click()
      await visitor.row(items.at(-1)?.passageId ?? '').waitFor()
      expect(await firstId(visitor)).toBe(items.at(-1)?.passageId)
      await visitor.page.waitForFunction(() => document.querySelector('[data-test="rows"]')!.getBoundingClientRect().top >= 0)
    })
  }

  it('waits while the pointer rests on the list and comes in when it leaves', async () => {
    const visitor = await atTheLog()
    await visitor.rows().nth(3).hover()
    const [item] = pass(1)
    await visitor.pill().waitFor()
    await expect.poll(() => visitor.row(item?.passageId ?? '').count()).toBe(0)
    await pointerAway(visitor.page)
    await visitor.row(item?.passageId ?? '').waitFor()
    await visitor.pill().waitFor({ state: 'detached' })
  })

  it('waits while the list is stopped by hand, and while a sheet is open', async () => {
    const visitor = await atTheLog()
    await visitor.find('live-stop').click()
    pass(2)
    await visitor.page.getByText('2 条新记录').waitFor()
    await visitor.find('live-stop').click()
    await visitor.pill().waitFor({ state: 'detached' })
    await visitor.openPassage(rig.world.passages[5]?.passageId ?? '')
    await pointerAway(visitor.page)
    pass(1)
    await visitor.page.getByText('1 条新记录').waitFor()
    await visitor.closeSheet()
    await visitor.find('passage-sheet').waitFor({ state: 'hidden' })
    await pointerAway(visitor.page)
    await visitor.pill().waitFor({ state: 'detached' })
  })

  it('is pending until the controller answered, then says so in its place', async () => {
    const visitor = await atTheLog()
    const [item] = pass(1, { result: 'granted', reason: null, commandOutcome: null, commandReason: null, commandLatencyMs: null })
    const row = visitor.row(item?.passageId ?? '')
    await row.getByText('等待控制器应答').waitFor()
    await visitor.openPassage(item?.passageId ?? '')
    rig.server.lines.send('access', { ...item as AccessLogItem, commandOutcome: 'refused', commandReason: 'expired', commandLatencyMs: 2_100 })
    await row.getByText('控制器拒绝开门').waitFor()
    await expect.poll(() => visitor.find('door-trouble').innerText()).toBe('控制器拒绝开门（命令已过期）')
  })

  it('that the filters exclude does not show, nor one of another estate', async () => {
    const visitor = await rig.manager('/manager/log?estate=estate-1&gate=gate-1-2')
    await visitor.rows().first().waitFor()
    await visitor.live()
    await pointerAway(visitor.page)
    const [other] = pass(1)
    const [far] = pass(1, { estateId: 'estate-2', gateId: 'gate-2-1' })
    const [mine] = pass(1, { gateId: 'gate-1-2', gateName: '北门人行通道' })
    await visitor.row(mine?.passageId ?? '').waitFor()
    await expect.poll(async () => [await visitor.row(other?.passageId ?? '').count(), await visitor.row(far?.passageId ?? '').count()]).toEqual([0, 0])
  })
})

describe('a broken line', () => {
  it('comes back by itself, and what was missed is there once', async () => {
    const visitor = await atTheLog()
    rig.server.lines.cut()
    const [missed] = pass(1)
    await visitor.row(missed?.passageId ?? '').waitFor()
    await visitor.live()
    const [next] = pass(1)
    await visitor.row(next?.passageId ?? '').waitFor()
    await expect.poll(() => visitor.row(missed?.passageId ?? '').count()).toBe(1)
  })

  it('that opens late leaves no hole between the first page and itself', async () => {
    rig.server.slow.set('/api/live', 1_500)
    const visitor = await rig.manager('/manager/log')
    await visitor.rows().first().waitFor()
    await pointerAway(visitor.page)
    const [between] = pass(1)
    await visitor.row(between?.passageId ?? '').waitFor()
    rig.server.slow.clear()
  })

  it('that the server ended because the page was too slow is opened again', async () => {
    const visitor = await atTheLog()
    rig.server.lines.overflow()
    const [missed] = pass(1)
    await visitor.row(missed?.passageId ?? '').waitFor()
    await visitor.live()
  })

  it('is given back when the page is left', async () => {
    await Promise.all([(await rig.manager('/manager/log')).live()])
    const visitor = await rig.manager('/manager/log')
    await visitor.live()
    const open = rig.server.lines.count()
    await visitor.goTo('people')
    await expect.poll(() => rig.server.lines.count(), { timeout: 20_000 }).toBe(open - 1)
  })
})
