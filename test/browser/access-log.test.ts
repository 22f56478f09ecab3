import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Rig, startRig } from './support/manager-rig.js'

let rig: Rig
beforeAll(async () => { rig = await startRig() })
afterEach(async () => {
  rig.server.failing.clear()
  await rig.leave()
})
afterAll(() => rig.stop())

const searchOf = (url: string): string => decodeURIComponent(new URL(url).search)

describe('the access log', () => {
  it('shows a page at once and the older ones below, to the end', async () => {
    const { rows, find, page } = await rig.manager('/manager/log')
    await rows().first().waitFor()
    await expect.poll(() => rows().count()).toBe(50)
    await find('older').click()
    await page.waitForFunction(() => document.querySelectorAll('[data-test="row"]').length === 100)
    await find('older').click()
    await page.waitForFunction(() => document.querySelectorAll('[data-test="row"]').length === 130)
    await expect.poll(() => find('log-foot').innerText()).toBe('没有更早的记录了')
    const shown = await rows().evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset['passage']))
    expect(shown).toEqual(rig.world.passages.map((item) => item.passageId))
  })

  it('narrows by chips, keeps that in the address, and going back undoes it', async () => {
    const { rows, filter, find, page } = await rig.manager('/manager/log')
    await rows().first().waitFor()
    const shows = async (test: (item: (typeof rig.world.passages)[number]) => boolean): Promise<void> => {
      const count = Math.min(50, rig.world.passages.filter(test).length)
      await page.waitForFunction((expected) => document.querySelectorAll('[data-test="row"]').length === expected, count)
    }
    await filter('result', 'refused')
    await page.waitForURL('**/manager/log?result=refused')
    await shows((item) => item.result === 'refused')
    await filter('reason', 'not-live')
    await page.waitForURL('**/manager/log?result=refused&reason=not-live')
    await shows((item) => item.reason === 'not-live')
    await filter('gate', 'gate-2-1')
    await page.waitForURL((url) => url.search.includes('gate=gate-2-1'))
    expect(searchOf(page.url())).toBe('?estate=estate-2&gate=gate-2-1&result=refused&reason=not-live')
    await page.goBack()
    await page.goBack()
    await page.waitForURL('**/manager/log?result=refused')
    await shows((item) => item.result === 'refused')
    await expect.poll(async () => [await find('clear-result').count(), await find('clear-reason').count()]).toEqual([1, 0])
    await find('clear-result').click()
    await page.waitForURL('**/manager/log')
    await shows(() => true)
  })

  it('narrows by time in Jiangmen, whatever the zone of the browser', async () => {
    const { rows, find, page } = await rig.manager('/manager/log')
    await rows().first().waitFor()
    const from = rig.world.passages[40]?.occurredAtMs ?? 0
    const field = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 16)
    await find('chip-time').click()
    await find('option-custom').click()
    await find('time-apply').click()
    await page.getByText('请至少填写一个时间').waitFor()
    await find('time-from').fill(field(from))
    await find('time-to').fill(field(from - 3_600_000))
    await find('time-apply').click()
    await page.getByText('开始时间必须早于结束时间').waitFor()
    await find('time-to').fill('')
    await find('time-apply').click()
    await page.waitForURL((url) => url.searchParams.get('from') === field(from))
    const fromMinute = Math.floor(from / 60_000) * 60_000
    await page.waitForFunction((count) => document.querySelectorAll('[data-test="row"]').length === count, rig.world.passages.filter((item) => item.occurredAtMs >= fromMinute).length)
  })

  it('narrows to one person, found by name, with the pseudonym alone in the address', async () => {
    const { rows, filterPerson, page, find } = await rig.manager('/manager/log')
    await rows().first().waitFor()
    const item = rig.world.passages.find((each) => each.personName !== null)
    await filterPerson(item?.personName ?? '', item?.personRef ?? '')
    await page.waitForURL((url) => url.searchParams.get('person') === item?.personRef)
    await expect.poll(() => find('chip-person').innerText()).toContain(item?.personName ?? 'no')
    expect(decodeURIComponent(page.url())).not.toContain(item?.personName ?? '')
    await page.waitForFunction((count) => document.querySelectorAll('[data-test="row"]').length === count, rig.world.passages.filter((each) => each.personRef === item?.personRef).length)
  })
})

describe('a row', () => {
  it('opens a sheet with who, why in plain words, scores, stages and its place in the chain', async () => {
    const { openPassage, find, page, closeSheet } = await rig.manager('/manager/log')
    const refused = rig.world.passages.find((item) => item.reason === 'not-recognised')
    const sheet = await openPassage(refused?.passageId ?? '')
    const text = await sheet.innerText()
    await expect.poll(() => find('why').innerText()).toContain(`最相近的登记得分 ${refused?.score?.toFixed(3)}，低于当时的阈值 0.520。与此门禁点允许的 128 人比对过。`)
    expect(text).toContain(`epoch 1 · 第 ${refused?.seq.toLocaleString('en')} 条`)
    await expect.poll(() => find('stages').innerText()).toMatch(/排队[\s\S]*解码[\s\S]*检测[\s\S]*写入记录[\s\S]*合计/)
    expect(new URL(page.url()).searchParams.get('passage')).toBe(refused?.passageId)
    await closeSheet()
    await page.waitForURL('**/manager/log')
    const granted = rig.world.passages.find((item) => item.commandOutcome === 'executed' && item.personName !== null)
    await openPassage(granted?.passageId ?? '')
    await page.waitForFunction((name) => document.querySelector('[data-test="sheet-person"]')?.textContent === name, granted?.personName)
    await expect.poll(() => find('sheet-place').innerText()).toContain(granted?.permitId ?? 'no')
  })

  it('is reached and opened by the keyboard, and has the focus again when its sheet closes', async () => {
    const { rows, page, find } = await rig.manager('/manager/log')
    const second = rows().nth(1)
    await second.focus()
    await page.keyboard.press('Enter')
    await find('sheet-person').waitFor()
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest('[role="dialog"]') !== null)).toBe(true)
    await page.keyboard.press('Escape')
    await find('passage-sheet').waitFor({ state: 'hidden' })
    await expect.poll(() => page.evaluate(() => (document.activeElement as HTMLElement).dataset['passage'])).toBe(await second.getAttribute('data-passage'))
  })

  it('is opened by a link, also where the first page has it not; a link to nothing opens nothing', async () => {
    const old = rig.world.passages.at(-1)
    const { find, page, open } = await rig.manager(`/manager/log?passage=${old?.passageId}`)
    await find('sheet-person').waitFor()
    await expect.poll(() => find('sheet-place').innerText()).toContain(old?.passageId ?? 'no')
    await open('/manager/log?passage=01940009-0000-7000-8000-ffffffffffff')
    await page.waitForURL('**/manager/log')
    await expect.poll(() => find('sheet-person').count()).toBe(0)
  })

  it('narrows the list to its person or gate in one step', async () => {
    const item = rig.world.passages.find((each) => each.personRef !== null)
    const { openPassage, find, page } = await rig.manager('/manager/log')
    await openPassage(item?.passageId ?? '')
    await find('only-gate').click()
    await page.waitForURL((url) => url.searchParams.get('gate') === item?.gateId && !url.searchParams.has('passage'))
    await find('passage-sheet').waitFor({ state: 'hidden' })
  })
})

describe('a list with nothing to show says why and what to do', () => {
  it('nothing fits the filters', async () => {
    const { page, find } = await rig.manager('/manager/log?estate=estate-1&reason=undecodable')
    await find('state-empty').waitFor()
    await page.getByRole('button', { name: '清除筛选' }).last().click()
    await find('row').first().waitFor()
  })

  it('no permission', async () => {
    rig.server.failing.set('/api/access-log', 403)
    const { find } = await rig.manager('/manager/log')
    await find('state-forbidden').waitFor()
    await expect.poll(() => find('retry').count()).toBe(0)
  })

  it('a server in trouble, with its code, and trying again', async () => {
    rig.server.failing.set('/api/access-log', 500)
    const { find } = await rig.manager('/manager/log')
    await find('state-unavailable').waitFor()
    await expect.poll(() => find('state-unavailable').innerText()).toContain('SV_HTTP_INTERNAL')
    rig.server.failing.clear()
    await find('retry').click()
    await find('row').first().waitFor()
  })

  it('no network; rows that were there stay', async () => {
    const { page, find, rows } = await rig.manager('/manager/log')
    await rows().first().waitFor()
    await page.route('**/api/access-log*', (route) => route.abort())
    await find('older').click()
    await page.getByText('更早的记录没有载入').waitFor()
    await expect.poll(() => rows().count()).toBe(50)
    await page.unroute('**/api/access-log*')
    await find('older').click()
    await page.waitForFunction(() => document.querySelectorAll('[data-test="row"]').length === 100)
  })
})
