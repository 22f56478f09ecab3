import type { Column, ColumnKind, SheetSpec } from '../../household/import/sheet-columns.js'
import { BILL_FEN_MAX } from '../bill-rules.js'

const text = (charsMax: number): ColumnKind => ({ is: 'text', charsMax })
const yuan: ColumnKind = { is: 'yuan', maxFen: BILL_FEN_MAX }

/** Who a row is about: the number, or building and room of whoever rents there on the last day of the books before. */
const WHO: readonly Column[] = [
  { key: 'householdNo', header: '户编号', kind: text(64), optional: true, hint: '与系统一致；不填则按楼栋和房号查找' },
  { key: 'building', header: '楼栋', kind: text(32), optional: true, hint: '如 3栋；已填户编号的可不填' },
  { key: 'roomNo', header: '房号', kind: text(32), optional: true, hint: '如 502；已填户编号的可不填' },
  { key: 'tenant', header: '承租人', kind: text(64), hint: '须与系统中的户主姓名一致，用于核对' },
]

/** The workbook of balances that are taken over: one sheet of what households have to their credit, one of what they owe by month. */
export const OPENING_SHEETS = {
  balances: {
    name: '预存和押金',
    columns: [
      ...WHO,
      { key: 'prepaidFen', header: '预存', kind: yuan, optional: true, hint: '元，最多两位小数；没有则不填' },
      { key: 'depositFen', header: '押金', kind: yuan, optional: true, hint: '元，最多两位小数；没有则不填' },
    ],
  },
  arrears: {
    name: '欠缴',
    columns: [
      ...WHO,
      { key: 'period', header: '欠缴月份', kind: { is: 'month' }, hint: '如 2026-03；每户每月一行' },
      { key: 'rentFen', header: '欠缴租金', kind: yuan, optional: true, hint: '元，该月未缴部分' },
      { key: 'lateChargeFen', header: '欠缴违约金', kind: yuan, optional: true, hint: '元；没有则不填' },
      { key: 'dueDate', header: '应缴日期', kind: { is: 'date' }, optional: true, hint: '可不填；不填为当月最后一天' },
    ],
  },
} as const satisfies Record<string, SheetSpec>
export type OpeningSheet = keyof typeof OPENING_SHEETS
