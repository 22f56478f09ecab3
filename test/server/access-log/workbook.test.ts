import { buffer } from 'node:stream/consumers'
import ExcelJS from 'exceljs'
import { describe, expect, it } from 'vitest'
import { cellText, streamWorkbook } from '../../../server/access-log/workbook.js'

const read = async (bytes: Buffer): Promise<ExcelJS.Workbook> => {
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(bytes as never)
  return book
}

describe('a cell', () => {
  it.each([
    ['=HYPERLINK("http://x")', `'=HYPERLINK("http://x")`], ['+1', `'+1`], ['-1+2', `'-1+2`], ['@SUM(A1)', `'@SUM(A1)`], ['\t=1', `'\t=1`], ['\r=1', `'\r=1`],
    ['王小明', '王小明'], ['3-502', '3-502'], ['', ''], ['a=b', 'a=b'], ['a\u0000b\u000bc', 'abc'], ['\u0000=1', `'=1`], ['\ud800x', 'x'], ['𠮷野家', '𠮷野家'],
  ])('%j is written as %j', (text, written) => expect(cellText(text)).toBe(written))
})

describe('a workbook', () => {
  it('has text as text, numbers as numbers and times as dates that read as in Jiangmen', async () => {
    const atMs = Date.UTC(2026, 10, 23, 6, 3, 22)
    const stream = streamWorkbook([{
      name: '记录', columns: [{ header: '时间', width: 20, time: true }, { header: '人员', width: 10 }, { header: '得分', width: 10 }], rows: [[{ atMs }, '=1+1', 0.7125], [{ atMs }, '王*', null]],
    }])
    const sheet = (await read(await buffer(stream))).getWorksheet('记录') as ExcelJS.Worksheet
    expect((sheet.getRow(1).values as unknown[]).slice(1)).toEqual(['时间', '人员', '得分'])
    const [at, name, score] = [1, 2, 3].map((column) => sheet.getCell(2, column))
    expect([at?.type, (at?.value as Date).toISOString(), at?.numFmt]).toEqual([ExcelJS.ValueType.Date, '2026-11-23T14:03:22.000Z', 'yyyy-mm-dd hh:mm:ss'])
    expect([name?.type, name?.value]).toEqual([ExcelJS.ValueType.String, `'=1+1`])
    expect([score?.type, score?.value]).toEqual([ExcelJS.ValueType.Number, 0.7125])
    expect(sheet.getCell(3, 3).value).toBeNull()
  })

  it('ends with the error where its rows cannot be had, and never as a whole one', async () => {
    async function* rows(): AsyncGenerator<string[]> {
      yield ['one']
      throw new Error('the database is gone')
    }
    await expect(buffer(streamWorkbook([{ name: 'x', columns: [{ header: 'a', width: 5 }], rows: rows() }]))).rejects.toThrow('the database is gone')
  })

  it('asks for rows only as fast as they are read', async () => {
    let asked = 0
    function* rows(): Generator<string[]> {
      for (; asked < 200_000; asked++) yield [`${asked} ${Math.sqrt(asked)}`]
    }
    const stream = streamWorkbook([{ name: 'x', columns: [{ header: 'a', width: 5 }], rows: rows() }])
    await new Promise((resolve) => stream.once('readable', resolve))
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toBeLessThan(200_000)
    stream.destroy()
  })
})
