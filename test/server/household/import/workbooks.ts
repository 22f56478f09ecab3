import ExcelJS from 'exceljs'

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
export type Cell = string | number | boolean | Date | null | { formula: string; result?: string | number } | { richText: Array<{ text: string }> }
export type Sheets = Record<string, readonly (readonly Cell[])[]>

export const HEADS = {
  小区: ['小区编号', '小区名称', '所属区县'],
  楼栋: ['小区编号', '楼栋', '层数'],
  房源: ['小区编号', '楼栋', '房号', '楼层', '建筑面积', '户型', '电梯'],
  租约: ['小区编号', '楼栋', '房号', '户编号', '合同编号', '起租日期', '到期日期'],
  人员: ['小区编号', '户编号', '姓名', '关系', '出生日期', '手机号', '入住日期', '离开日期'],
}

/** A workbook with the headers of the template and these rows below them, from the second on. */
export async function workbookOf(sheets: Sheets, heads: Record<string, readonly string[]> = HEADS): Promise<Buffer> {
  const workbook = new ExcelJS.Workbook()
  for (const [name, rows] of Object.entries(sheets)) {
    const sheet = workbook.addWorksheet(name)
    sheet.addRow([...heads[name] ?? []])
    for (const row of rows) sheet.addRow([...row])
  }
  return Buffer.from(await workbook.xlsx.writeBuffer())
}

/** Two buildings, three units, two households. */
export const SAMPLE: Sheets = {
  楼栋: [['jh', '1栋', 6], ['jh', '2栋', 18]],
  房源: [['jh', '1栋', '101', 1, 45.12, '一房一厅', '无'], ['jh', '1栋', '0102', 1, '60.5', '两房一厅', '无'], ['jh', '2栋', '1801', 18, 35, '单间', '有']],
  租约: [
    ['jh', '1栋', '101', 'H-1', 'HT-001', '2025-06-01', '2027-05-31'],
    ['jh', '2栋', '1801', 'H-2', 'HT-002', new Date(Date.UTC(2025, 8, 1)), '2028年8月31日'],
  ],
  人员: [
    ['jh', 'H-1', '陈大文', '户主', '1970-03-04', '138 0013 8000', null, null],
    ['jh', 'H-1', '陈小文', '子女', '2016/5/6', null, null, null],
    ['jh', 'H-2', '李秀英', '户主', new Date(Date.UTC(1950, 0, 2)), 13900139000, null, null],
    ['jh', 'H-2', '王护工', '照护人员', '1980-01-01', null, '2025-10-01', '2026-12-31'],
  ],
}
