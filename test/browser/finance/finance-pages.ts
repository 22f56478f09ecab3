import { copyFile, readFile } from 'node:fs/promises'
import ExcelJS from 'exceljs'
import { describe, expect, it } from 'vitest'
import { VIEWPORTS, axeFindings, sidewaysOverflow } from '../support/page-checks.js'
import { type Desk, type FinanceRig, REFUNDABLE, shot } from './finance-rig.js'

const GENEROUS_MS = 300_000
/** The month of a year ago: all that the books hold. */
const FROM = new Date(Date.now() - 365 * 86_400_000).toISOString().slice(0, 7)
const STATEMENT = '交易日期,流水号,借方发生额,贷方发生额,账户余额,对方户名,摘要,附言\n2026-11-02,B0001,,248.50,1248.50,财付通,1900000109 2026-11-01,\n2026-11-03,B0002,,88.00,1336.50,某某,来账,\n'

/** Presses what saves a file, and reads the file as a workbook. */
async function bookOf({ page }: Desk, button: string): Promise<unknown[][]> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`[data-test="${button}"]`).first().click()])
  const folder = process.env['FINANCE_SHOTS']
  if (folder !== undefined) await copyFile(await download.path(), `${folder}/finance-${download.suggestedFilename()}`)
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(await readFile(await download.path()) as never)
  return (book.worksheets[0]?.getSheetValues() ?? []).slice(1).map((row) => [...((row ?? []) as unknown[])].slice(1))
}
/** Figures of a row on the screen, by column. */
const figures = ({ page }: Desk, row: string): Promise<Array<[string, number]>> => page.locator(`[data-test="${row}"]`).first().locator('td.figures')
  .evaluateAll((cells) => cells.map((cell): [string, number] => [cell.getAttribute('data-key') ?? '', Number(cell.getAttribute('data-value'))]))
/** Nothing serious for axe, nothing sideways on a desk or a phone, no complaint of the browser. */
async function sound(desk: Desk): Promise<void> {
  expect(await axeFindings(desk.page)).toEqual([])
  expect(await sidewaysOverflow(desk.page)).toEqual([])
  await desk.page.setViewportSize(VIEWPORTS.phone)
  // A picture is drawn anew a frame after its place became narrower.
  await expect.poll(() => sidewaysOverflow(desk.page), { timeout: 5_000 }).toEqual([])
  await desk.page.setViewportSize(VIEWPORTS.desk)
  expect(desk.complaints).toEqual([])
}

/** Reports, ledger card, hand-over, receipts, bank statements, closes and suspense, after the day is reviewed. */
export function financePages(desks: () => { rig: FinanceRig; maker: Desk; checker: Desk }): void {
  describe('figures', { timeout: GENEROUS_MS }, () => {
    it('on the screen are those of the workbook, sum by sum', async () => {
      const { checker } = desks()
      await checker.open(`/finance/reports?from=${FROM}&by=estate,building,tier`)
      await checker.find('report-grid').waitFor()
      await checker.page.locator('[data-drawn="yes"]').waitFor()
      await shot(checker, 'reports')
      const [totals, header] = [await figures(checker, 'report-total'), await checker.page.locator('[data-test="report-grid"] th[scope="col"]').allInnerTexts()]
      const rows = await bookOf(checker, 'book')
      await checker.find('booked').waitFor()
      expect(rows[0]?.length).toBe(header.filter((text) => text.trim() !== '' && text.trim() !== '操作').length)
      const total = rows.find((row) => row[0] === '合计') ?? []
      const money = totals.filter(([key]) => key.endsWith('Fen'))
      expect(money.map(([, fen]) => fen).filter((fen) => fen > 0).length).toBeGreaterThan(4)
      const firstFigure = header.length - 1 - totals.length
      expect(totals.map(([key], at) => (key.endsWith('Fen') ? Math.round(Number(total[firstFigure + at]) * 100) : 0))).toEqual(totals.map(([key, fen]) => (key.endsWith('Fen') ? fen : 0)))
      await sound(checker)
    })

    for (const report of ['ageing', 'channels', 'transit', 'hand-over'] as const) {
      it(`${report} can be read by everyone`, async () => {
        const { checker } = desks()
        await checker.open(`/finance/reports?report=${report}&from=${FROM}`)
        await checker.find('report-row').first().waitFor()
        await checker.page.locator('[data-drawn="yes"]').waitFor()
        await shot(checker, `report-${report}`)
        await sound(checker)
      })
    }

    it('of a year stand beside what they are, and the sheet has the same; the bureau sees them and no list of tenants', async () => {
      const { rig } = desks()
      const bureau = await rig.desk('bureau', '/manager')
      await bureau.find('account').click()
      await bureau.find('area-finance').click()
      await bureau.find('reports-page').waitFor()
      // What others begin with shows the bureau nothing.
      await bureau.open('/finance')
      await bureau.find('reports-page').waitFor()
      await expect.poll(() => bureau.find('report').locator('option').evaluateAll((all) => all.map((one) => one.getAttribute('value')))).toEqual(
        ['rent', 'ageing', 'channels', 'transit', 'hand-over', 'performance', 'review'])
      await expect.poll(() => bureau.page.locator('[data-test^="menu-"]').evaluateAll((all) => all.map((one) => one.getAttribute('data-test')))).toEqual(['menu-reports'])
      await bureau.find('report').selectOption('performance')
      await bureau.find('figure-grid').waitFor()
      const lines = await bureau.find('figure').evaluateAll((all) => all.map((line): [string, string, string] =>
        [line.querySelector('th')?.firstChild?.textContent ?? '', line.getAttribute('data-key') ?? '', line.querySelector('td')?.getAttribute('data-value') ?? '']))
      const [head = [], row = []] = await bookOf(bureau, 'book')
      for (const [name, key, value] of lines) {
        const cell = row[head.indexOf(name)] ?? ''
        const scale = key.endsWith('Fen') ? 100 : key.endsWith('Ppm') ? 1_000_000 : 1
        expect([name, cell === '' ? '' : String(Math.round(Number(cell) * scale))]).toEqual([name, value])
      }
      expect(lines).toHaveLength(head.length - 1)
      await shot(bureau, 'report-performance')
      await sound(bureau)
      await bureau.find('report').selectOption('review')
      await bureau.find('report-row').first().waitFor()
      await expect.poll(() => bureau.find('report-row').first().innerText()).toContain('累计 6 个月以上未缴')
      await expect.poll(() => bureau.find('report-more').count()).toBe(0)
      await shot(bureau, 'report-review')
      await sound(bureau)
    })

    it('of a household are found by room, name or order with the keys alone', async () => {
      const { rig } = desks()
      const cashier = await rig.desk('cashier', '/finance/card')
      await cashier.page.waitForFunction(() => document.activeElement?.getAttribute('data-test') === 'household-search')
      await cashier.page.keyboard.type('6栋60')
      await cashier.find('household-hit').nth(1).waitFor()
      await expect.poll(() => cashier.find('household-hit').allInnerTexts()).toEqual([expect.stringContaining('6栋 602'), expect.stringContaining('6栋 603')])
      expect(await axeFindings(cashier.page)).toEqual([])
      await shot(cashier, 'card-search')
      await cashier.press('ArrowDown', 'Enter')
      await cashier.find('card-who').waitFor()
      await expect.poll(() => cashier.find('card-who').innerText()).toContain('6栋 603 · 钱*')
      await cashier.page.locator('h1').click()
      await cashier.press('/')
      await cashier.page.keyboard.type('赵大文')
      await cashier.find('household-hit').waitFor()
      await cashier.press('Enter')
      await cashier.page.locator('[data-test="card-who"]:has-text("赵*")').waitFor()
      await cashier.press('/')
      await cashier.page.keyboard.type('赵大')
      await cashier.page.locator('[data-test="household-told"]:has-text("没有找到")').waitFor()
      await sound(cashier)
    })

    it('lead to who is late, and to every posting behind it; names are given out by two persons, once', async () => {
      const { maker, checker } = desks()
      await maker.open('/finance/reports?report=arrears&estate=jh')
      await maker.find('report-row').waitFor()
      await expect.poll(() => maker.find('report-row').innerText()).toContain('钱*')
      await maker.find('names-open').click()
      await maker.find('names-reason').fill('入户走访核实欠缴')
      await maker.find('names-ask').click()
      await maker.page.locator('[data-test="names-request"][data-state="requested"]').waitFor()
      await expect.poll(() => maker.find('names-approve').count()).toBe(0)
      await checker.open('/finance/reports?report=arrears&estate=jh')
      await checker.find('names-open').click()
      await checker.find('names-approve').click()
      await checker.page.locator('[data-test="names-request"][data-state="approved"]').waitFor()
      await shot(checker, 'report-arrears-names')
      await maker.open('/finance/reports?report=arrears&estate=jh')
      await maker.find('names-open').click()
      await maker.find('names-take').waitFor()
      expect(JSON.stringify(await bookOf(maker, 'names-take'))).toContain('钱小红')
      await maker.page.locator('[data-test="names-request"][data-state="taken"]').waitFor()
      await maker.open('/finance/reports?report=arrears&estate=jh')
      await maker.find('report-more').click()
      await maker.find('card-who').waitFor()
      await expect.poll(() => maker.find('card-who').innerText()).toContain('6栋 603 · 钱*')
      expect(Object.fromEntries(await figures(maker, 'report-total'))).toMatchObject({ owedFen: 175_000 })
      await maker.find('bill-open').first().click()
      await maker.find('part').waitFor()
      await maker.press('Escape')
      await maker.find('bill-sheet').waitFor({ state: 'hidden' })
      await shot(maker, 'card')
      await sound(maker)
    })
  })

  describe('where the money goes', { timeout: GENEROUS_MS }, () => {
    it('a hand-over is proposed, agreed to by another person and carried out; who has two areas goes from one to the other', async () => {
      const { rig, checker } = desks()
      const officer = await rig.desk('officer', '/manager')
      await officer.find('account').click()
      await officer.find('area-finance').click()
      await officer.find('today-page').waitFor()
      await officer.find('menu-treasury').click()
      await officer.find('treasury-due').waitFor()
      await expect.poll(() => officer.find('treasury-due').innerText()).toContain('¥1,750.00')
      await officer.find('voucher-open').click()
      await officer.find('voucher-send').click()
      await officer.page.locator('[data-test="row"][data-state="proposed"]').waitFor()
      await checker.open('/finance/treasury')
      await checker.find('voucher-approve').click()
      await checker.page.locator('[data-test="row"][data-state="approved"]').waitFor()
      await officer.open('/finance/treasury')
      await officer.find('voucher-done').click()
      await officer.find('proof-serial').fill('B20261123001')
      await officer.find('proof-send').click()
      await officer.page.locator('[data-test="row"][data-state="done"]').waitFor()
      await shot(officer, 'treasury')
      await sound(officer)
      await officer.find('account').click()
      await officer.find('password-open').click()
      for (const [field, text] of [['current', 'correct-horse-battery'], ['next', 'another-horse-battery'], ['again', 'another-horse-battery']]) await officer.find(`password-${field}`).fill(text as string)
      await officer.find('password-save').click()
      await officer.find('password-saved').waitFor()
      await officer.open('/finance')
      await officer.find('today-page').waitFor()
    })

    it('receipts are listed with the number that nobody was given, and statements are taken in by the bank\'s own columns', async () => {
      const { maker } = desks()
      await maker.open('/finance/receipts')
      await maker.find('row').first().waitFor()
      await maker.find('receipt-gaps').waitFor()
      await expect.poll(() => maker.find('receipt-gaps').getAttribute('data-gaps')).toBe('1')
      await shot(maker, 'receipts')
      await sound(maker)
      await maker.open('/finance/bank?from=2026-11-01&until=2026-11-30')
      await maker.find('statement-file').setInputFiles({ name: 'statement.csv', mimeType: 'text/csv', buffer: Buffer.from(STATEMENT) })
      await maker.page.locator('[data-id="B0002"]').waitFor()
      await expect.poll(() => maker.find('bank-told').innerText()).toBe('读入 2 行，新增 2 行')
      await maker.find('mapping-open').click()
      await maker.page.locator('[data-test="mapping-serial"]').waitFor()
      await maker.find('mapping-save').click()
      await maker.find('mapping-saved').waitFor()
      await maker.press('Escape')
      await maker.find('mapping-sheet').waitFor({ state: 'hidden' })
      // 1 336.50 at the bank; of the account's books nothing yet; 1 000.00 stood there before the first line.
      await maker.page.locator('[data-test="statement"][data-left]').waitFor()
      const shown = await maker.find('statement-line').evaluateAll((lines) => lines.map((line): [string, number] => [line.getAttribute('data-name') ?? '', Number(line.getAttribute('data-fen'))]))
      expect(shown).toEqual([
        ['bank', 133_650], ['bookIn', 0], ['bookOut', 0], ['adjustedBank', 133_650], ['book', 0], ['bankIn', 33_650], ['bankOut', 0], ['adjustedBook', 33_650],
        ['left', 100_000], ['opening', 100_000], ['missing', 0],
      ])
      const sheet = (await bookOf(maker, 'statement-book')).slice(1).filter((row) => row[0] !== undefined && row[0] !== null)
      expect(sheet.map((row) => Math.round(Number(row[5]) * 100))).toEqual(shown.map(([, fen]) => fen))
      await shot(maker, 'bank')
      await sound(maker)
    })

    it('an order leads to what the channel told of it, byte for byte, and reading that is noted', async () => {
      const { maker } = desks()
      await maker.open('/finance/collections')
      await maker.page.locator(`[data-id="${REFUNDABLE}"] [data-test="order-trail"]`).click()
      await maker.find('trail-raw-open').click()
      await maker.find('trail-raw').waitFor()
      await expect.poll(() => maker.find('trail-raw').innerText()).toBe('{"id":"EV-0001","event_type":"TRANSACTION.SUCCESS"}')
      await shot(maker, 'trail')
      expect(await axeFindings(maker.page)).toEqual([])
    })

    it('money without a place finds one by two persons, and a day is closed by two', async () => {
      const { rig, maker, checker } = desks()
      await maker.open('/finance/suspense')
      await maker.page.locator('[data-test="row"]:has-text("RTLATE0001") [data-test="resolve-open"]').click()
      await maker.find('resolve-kind').selectOption('prepayment')
      await maker.find('resolve-text').fill(rig.centre.payer)
      await maker.find('resolve-send').click()
      await maker.page.locator('[data-test="row"][data-state="proposed"]').waitFor()
      await shot(maker, 'suspense')
      await checker.open('/finance/suspense')
      await checker.find('suspense-approve').click()
      await checker.page.locator('[data-test="row"]:has-text("RTLATE0001")').waitFor({ state: 'detached' })
      await maker.open('/finance/close')
      await maker.find('period').fill('2020-01-02')
      await maker.find('look').click()
      await maker.find('prepare').click()
      await maker.page.locator('[data-test="row"][data-state="prepared"]').waitFor()
      await checker.open('/finance/close')
      await checker.find('close-open').click()
      await checker.find('sign').click()
      await checker.page.locator('[data-test="row"][data-state="closed"]').waitFor()
      await shot(checker, 'close')
    })
  })
}
