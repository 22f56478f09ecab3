import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPENING_HEADS } from '../../server/billing/opening/opening-rig.js'
import { workbookOf } from '../../server/household/import/workbooks.js'
import { MERCHANT } from '../../server/reconciliation/batch/recon-rig.js'
import { DATE } from '../../server/reconciliation/bill-samples.js'
import { axeFindings, sidewaysOverflow } from '../support/page-checks.js'
import { financePages } from './finance-pages.js'
import { DIFFERENCES, type Desk, type FinanceRig, REFUNDABLE, shot, startFinanceRig } from './finance-rig.js'

let rig: FinanceRig
let maker: Desk
let checker: Desk
beforeAll(async () => {
  rig = await startFinanceRig()
  ;[maker, checker] = await Promise.all([rig.desk('maker'), rig.desk('checker', `/finance/reconcile?date=${DATE}`)])
}, 300_000)
afterAll(() => rig.stop())

const PAGE = `/finance/reconcile?date=${DATE}`
const tie = async ({ find, page }: Desk): Promise<Record<string, string | null>> => {
  await find('tie-out').waitFor()
  await page.locator('[data-test="reconcile-page"][data-busy="false"]').waitFor()
  return { tied: await find('tie-out').getAttribute('data-tied'), leftFen: await find('tie-out').getAttribute('data-left-fen'), toDo: await find('count-to-do').locator('.value').innerText() }
}
const chosen = async ({ find }: Desk): Promise<string> => await find('case-panel').getAttribute('data-case') ?? ''
const classesShown = ({ page }: Desk): Promise<Array<[string | null, number]>> =>
  page.locator('[data-class]').evaluateAll((groups) => groups.map((group): [string | null, number] => [group.getAttribute('data-class'), group.querySelectorAll('[data-test="case"]').length]))
const classOf = async ({ page }: Desk): Promise<string> => await page.locator('[data-class]:has([aria-current="true"])').getAttribute('data-class') ?? ''

const GENEROUS_MS = 300_000
const OTHERWISE: Readonly<Record<string, string>> = { CHANNEL_ONLY_UNKNOWN: 'suspend', LATE_PAYMENT_AFTER_CLOSE: 'suspend', LOCAL_ONLY: 'claim' }

describe('a day of reconciliation', { timeout: GENEROUS_MS }, () => {
  it('begins with the page of those who handle money, and a bill that is uploaded by hand', async () => {
    expect(new URL(maker.page.url()).pathname).toBe('/finance')
    await maker.find('today-page').waitFor()
    await maker.open(PAGE)
    await expect.poll(() => tie(maker)).toEqual({ tied: 'false', leftFen: '0', toDo: '0' })
    await maker.find('upload-open').click()
    await maker.find('upload-merchant').fill(MERCHANT)
    // A file is chosen with the keys alone, by a control that speaks the page's language.
    await expect.poll(() => maker.find('upload-file-pick').getAttribute('aria-label')).toBe('选择文件 账单文件')
    await expect.poll(() => maker.find('upload-file-told').innerText()).toBe('未选择文件')
    expect(await axeFindings(maker.page)).toEqual([])
    await maker.find('upload-merchant').focus()
    // The browser has to know that its dialog is wanted here before the key comes: asked for a step earlier.
    const chooserShown = maker.page.waitForEvent('filechooser')
    await maker.press('Tab')
    await maker.page.locator('[data-test="upload-file-pick"]:focus').waitFor()
    await maker.press('Enter')
    const chooser = await chooserShown
    await chooser.setFiles({ name: 'bill.csv', mimeType: 'text/csv', buffer: Buffer.from(rig.centre.bill) })
    await maker.page.locator('[data-test="upload-file-told"]:has-text("bill.csv")').waitFor()
    await maker.find('upload-send').click()
    await maker.page.locator('[data-test="channel-bill"][data-state="matched"]').waitFor()
    await maker.find('case').nth(29).waitFor()
    expect((await classesShown(maker)).sort()).toEqual([
      ['AMOUNT_MISMATCH', 8], ['CHANNEL_ONLY_UNKNOWN', 2], ['DOUBLE_PAY_SAME_RENT_BILL', 4], ['FEE_MISMATCH', 10], ['LATE_PAYMENT_AFTER_CLOSE', 2], ['LOCAL_ONLY', 4],
    ])
    // 12 480 each unknown and too late, 10 too much, 12 480 each that the channel does not have.
    const { unknown, late, amount, missing } = DIFFERENCES
    await shot(maker, 'day-1-found')
    await expect.poll(() => tie(maker)).toEqual({ tied: 'false', leftFen: String(12_480 * (unknown + late - missing) + 10 * amount), toDo: '30' })
  })

  it('shows both rows with the cell that differs, and why', async () => {
    await maker.page.locator('[data-class="AMOUNT_MISMATCH"] [data-test="case"]').first().click()
    await maker.find('compare').waitFor()
    await expect.poll(() => maker.page.locator('tr.differs').evaluateAll((rows) => rows.map((row) => [row.getAttribute('data-test'), ...[...row.querySelectorAll('td')].map((cell) => cell.textContent)]))).toEqual(
      [['line-fen', '¥124.80', '¥124.70']])
    await expect.poll(() => maker.find('why').innerText()).toContain('渠道实收金额与订单金额不同。')
    await maker.press('d')
    await maker.find('trail-order').waitFor()
    await expect.poll(() => maker.find('trail-line').innerText()).toContain('¥124.80')
    await maker.press('Escape')
    await maker.find('trail-sheet').waitFor({ state: 'hidden' })
  })

  it('goes from thirty differences among twenty thousand rows to 0.00 without the mouse, by two persons', async () => {
    const open = async (desk: Desk): Promise<number> => desk.page.locator('[data-test="case"][data-state="open"]').count()
    const idle = ({ page }: Desk): Promise<unknown> => page.locator('[data-test="reconcile-page"][data-busy="false"]').waitFor()
    await maker.open(PAGE)
    await maker.find('case').first().waitFor()
    let keys = 0
    for (let left = await open(maker); left > 0; left = await open(maker)) {
      const caseId = await chosen(maker)
      if (await maker.page.locator('[data-test="case"][aria-current="true"]').getAttribute('data-state') !== 'open') {
        await maker.press('j')
      } else if (OTHERWISE[await classOf(maker)] !== undefined) {
        // The defaults of these ask the channel, and none is connected here: each for itself, with a reason.
        await maker.press('p')
        await maker.find('way').selectOption(OTHERWISE[await classOf(maker)] as string)
        await maker.press('Tab')
        await maker.page.keyboard.type('渠道未接入，另行处理')
        await maker.press('Enter')
        await maker.page.locator(`[data-case="${caseId}"][data-state="proposed"]`).first().waitFor()
      } else {
        await maker.press('Shift+A')
        await maker.page.locator(`[data-case="${caseId}"][data-state="proposed"]`).first().waitFor()
      }
      await idle(maker)
      keys += 1
      expect(keys).toBeLessThan(60)
    }
    // Its own proposal nobody agrees to.
    await maker.press('a')
    await expect.poll(() => maker.find('told').innerText()).toBe('由您提出，须由另一人同意。')
    await shot(maker, 'day-2-proposed')

    await checker.open(PAGE)
    await checker.find('case').first().waitFor()
    for (let left = await checker.find('case').count(); left > 0; left = await checker.find('case').count()) {
      const caseId = await chosen(checker)
      // One by one where each is read for itself, all of a class where they are alike.
      await checker.press(left === 30 ? 'a' : 'Shift+A')
      await checker.page.locator(`[data-test="case"][data-case="${caseId}"]`).waitFor({ state: 'detached' })
      await idle(checker)
    }
    await expect.poll(() => tie(checker)).toEqual({ tied: 'true', leftFen: '0', toDo: '0' })
    await expect.poll(() => checker.find('tie-out').innerText()).toContain('¥0.00')
    await shot(checker, 'day-3-tied')
    await checker.find('review').focus()
    await checker.press('Enter')
    await checker.page.locator('[data-test="channel-bill"][data-state="reviewed"]').waitFor()
    await checker.press('3')
    await checker.find('case').first().waitFor()
    await expect.poll(() => checker.find('case').count()).toBe(30)
    await shot(checker, 'day-4-reviewed')
  })

  it('is for the auditor to read, and for nobody to change', async () => {
    const auditor = await rig.desk('auditor', `${PAGE}&show=settled`)
    await auditor.find('compare').waitFor()
    for (const name of ['accept', 'propose-open', 'refuse-open', 'note-open', 'attach', 'fetch-bills', 'review']) await expect.poll(() => auditor.find(name).count(), { message: name }).toBe(0)
    await auditor.press('?')
    await auditor.find('keys-on').waitFor()
    await auditor.press('Escape')
    expect(await axeFindings(auditor.page)).toEqual([])
    expect(await sidewaysOverflow(auditor.page)).toEqual([])
    await auditor.open('/finance/audit?area=reconciliation')
    await auditor.find('row').first().waitFor()
    await expect.poll(() => auditor.find('row').first().innerText()).toContain('reconciliation.review')
    await auditor.find('audit-open').first().click()
    await auditor.find('changes').waitFor()
    await auditor.press('Escape')
    await auditor.find('verify').click()
    await auditor.find('chain').waitFor()
    await expect.poll(() => auditor.find('chain').getAttribute('data-broken')).toBe('')
    expect([...maker.complaints, ...checker.complaints, ...auditor.complaints]).toEqual([])
  })
})

describe('opening balances', { timeout: GENEROUS_MS }, () => {
  const upload = async (tenant: string, rent: number): Promise<void> => {
    const file = await workbookOf({ 预存和押金: [['H-502', null, null, tenant, 300, 1_000]], 欠缴: [['H-502', null, null, tenant, '2026-08', rent, null, null]] }, OPENING_HEADS)
    await maker.find('opening-file').setInputFiles({ name: 'opening.xlsx', mimeType: 'application/octet-stream', buffer: file })
    await maker.find('opening-look').click()
    await maker.find('opening-preview').waitFor()
  }

  it('are looked at cell by cell, set against the old books, and signed by somebody else', async () => {
    await rig.centre.household()
    await maker.open('/finance/opening')
    await maker.find('opening-date').fill('2026-08-31')
    await maker.find('control-households').fill('1')
    await maker.find('control-rent').fill('115')
    await maker.find('control-prepaid').fill('300')
    await maker.find('control-deposit').fill('1,000')
    await maker.find('held-of').fill('agency-1')
    await maker.find('held-yuan').fill('1300')
    await upload('王大文', 120)
    await expect.poll(() => maker.find('opening-error').allInnerTexts()).toEqual([expect.stringContaining('预存和押金 第 2 行 · 承租人'), expect.stringContaining('欠缴 第 2 行 · 承租人')])
    await upload('陈大文', 120)
    await maker.page.locator('[data-test="differences"] tr[data-name="rent"][data-difference="500"]').waitFor()
    await expect.poll(() => maker.find('opening-propose').isDisabled()).toBe(true)
    await maker.find('note-rent').fill('旧系统少记 5 元')
    expect(await axeFindings(maker.page)).toEqual([])
    await maker.find('opening-propose').click()
    await maker.page.locator('[data-test="row"][data-state="proposed"]').waitFor()
    await maker.find('opening-open').click()
    await maker.find('opening-sheet').waitFor()
    await expect.poll(() => maker.find('opening-sign').count()).toBe(0)
    await checker.open('/finance/opening')
    await checker.find('opening-open').click()
    await checker.find('opening-sign').click()
    await checker.page.locator('[data-test="row"][data-state="signed"]').waitFor()
    await expect.poll(() => checker.find('opening-sheet').locator('tr[data-name="rent"]').innerText()).toContain('旧系统少记 5 元')
  })

  it('stand in the books, and did not before they were signed', async () => {
    await checker.open(`/finance/ledger?at=2026-01-01T00:00`)
    await checker.find('moment').waitFor()
    await checker.find('state-empty').waitFor()
    await checker.find('as-of').fill('2099-01-01T00:00')
    await checker.find('as-of').dispatchEvent('change')
    await checker.page.locator('[data-id="rent-receivable "]').waitFor()
    await expect.poll(() => checker.page.locator('[data-id="prepayment "]').innerText()).toContain('¥300.00')
    expect(await axeFindings(checker.page)).toEqual([])
    expect([...maker.complaints, ...checker.complaints]).toEqual([])
  })
})

describe('the other pages', { timeout: GENEROUS_MS }, () => {
  it('say how the money stands, and lead to the rows behind it', async () => {
    await maker.open('/finance')
    await maker.page.locator('[data-test="tile-to-do"]:has-text("0")').waitFor()
    await expect.poll(() => maker.find('tile-at-risk').innerText()).toContain('¥0.00')
    expect(await axeFindings(maker.page)).toEqual([])
    await maker.find('tile-suspense').click()
    await maker.find('suspense-page').waitFor()
  })

  it('let one propose a refund and only another decide', async () => {
    await maker.open('/finance/collections?state=paid')
    await maker.page.locator(`[data-id="${REFUNDABLE}"] [data-test="refund-open"]`).click()
    await maker.find('refund-yuan').fill('999.99')
    await expect.poll(() => maker.find('refund-send').isDisabled()).toBe(true)
    await maker.find('refund-yuan').fill('1.5')
    await maker.find('refund-reason').fill('多缴')
    await maker.find('refund-send').click()
    await maker.find('refunds-page').waitFor()
    await maker.find('row').waitFor()
    await expect.poll(async () => [await maker.find('row').innerText(), await maker.find('refund-approve').count()]).toEqual([expect.stringContaining('¥1.50'), 0])
    await checker.open('/finance/refunds?state=draft')
    await checker.find('refund-reject').click()
    await checker.find('row').waitFor({ state: 'detached' })
    await checker.open('/finance/refunds?state=rejected')
    await checker.find('row').waitFor()
  })

  for (const page of ['bills', 'collections', 'arrears', 'refunds', 'suspense', 'close', 'ledger', 'opening'] as const) {
    it(`${page} can be read by everyone and stays within the width`, async () => {
      await checker.open(`/finance/${page}`)
      await checker.find(`${page}-page`).waitFor()
      await checker.page.locator('[data-test="row"], [data-test="state-empty"]').first().waitFor()
      expect(await axeFindings(checker.page)).toEqual([])
      expect(await sidewaysOverflow(checker.page)).toEqual([])
      expect(checker.complaints).toEqual([])
    })
  }
})

financePages(() => ({ rig, maker, checker }))
