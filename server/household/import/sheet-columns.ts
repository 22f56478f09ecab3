import type { MemberRole } from '../lease-rules.js'

/** The workbook as people fill it in: sheets, columns, and what each cell must be. */

export type ColumnKind =
  | { readonly is: 'slug' }
  | { readonly is: 'text'; readonly charsMax: number }
  | { readonly is: 'whole'; readonly min: number; readonly max: number }
  /** Square metres with up to two decimals; kept as 0.01 m². */
  | { readonly is: 'area' }
  | { readonly is: 'yes-no' }
  | { readonly is: 'date' }
  /** Yuan with up to two decimals, none below zero; kept as whole fen. */
  | { readonly is: 'yuan'; readonly maxFen: number }
  /** Of the years 2000 to 2099; kept as 2026-03. */
  | { readonly is: 'month' }
  | { readonly is: 'birth-date' }
  | { readonly is: 'role' }
  | { readonly is: 'phone' }

export interface Column {
  readonly key: string
  readonly header: string
  readonly kind: ColumnKind
  /** An empty cell says nothing where it is optional. */
  readonly optional?: true
  readonly hint: string
}

export interface SheetSpec {
  readonly name: string
  readonly columns: readonly Column[]
}

export const ROLE_NAMES: Readonly<Record<MemberRole, string>> = { head: '户主', spouse: '配偶', child: '子女', parent: '父母', other: '其他', carer: '照护人员' }
export const YES = '有'
export const NO = '无'
/** The second row begins with it and is passed over. */
export const HINT_MARK = '说明'

const text = (charsMax: number): ColumnKind => ({ is: 'text', charsMax })
const estate: Column = { key: 'estateId', header: '小区编号', kind: { is: 'slug' }, hint: '小写字母、数字和连字符，与系统中的小区一致' }
const building: Column = { key: 'building', header: '楼栋', kind: text(32), hint: '如 3栋，各表写法一致' }
const room: Column = { key: 'roomNo', header: '房号', kind: text(32), hint: '如 502，同一楼栋内不重复' }
const household: Column = { key: 'householdNo', header: '户编号', kind: text(64), hint: '同一小区内不重复，“租约”和“人员”靠它对应' }

/** In the order in which one builds upon the other. */
export const SHEETS = {
  estates: {
    name: '小区',
    columns: [
      estate,
      { key: 'name', header: '小区名称', kind: text(64), hint: '已登记的小区须与系统一致' },
      { key: 'district', header: '所属区县', kind: text(64), hint: '如 蓬江区' },
    ],
  },
  buildings: {
    name: '楼栋',
    columns: [estate, building, { key: 'floors', header: '层数', kind: { is: 'whole', min: 1, max: 100 }, hint: '1 到 100 的整数' }],
  },
  units: {
    name: '房源',
    columns: [
      estate, building, room,
      { key: 'floor', header: '楼层', kind: { is: 'whole', min: -5, max: 100 }, hint: '整数，不超过楼栋层数；地下为负数' },
      { key: 'areaCentiM2', header: '建筑面积', kind: { is: 'area' }, hint: '平方米，最多两位小数' },
      { key: 'layout', header: '户型', kind: text(32), hint: '如 一房一厅' },
      { key: 'hasElevator', header: '电梯', kind: { is: 'yes-no' }, hint: `${YES} 或 ${NO}` },
    ],
  },
  leases: {
    name: '租约',
    columns: [
      estate, building, room, household,
      { key: 'leaseNo', header: '合同编号', kind: text(64), hint: '同一小区内不重复；再次导入时靠它辨认同一份租约' },
      { key: 'fromDate', header: '起租日期', kind: { is: 'date' }, hint: '如 2026-01-01，日期格式或文本均可' },
      { key: 'untilDate', header: '到期日期', kind: { is: 'date' }, hint: '最后一天，含当天' },
    ],
  },
  people: {
    name: '人员',
    columns: [
      estate, household,
      { key: 'displayName', header: '姓名', kind: text(64), hint: '与出生日期一起辨认同一人' },
      { key: 'role', header: '关系', kind: { is: 'role' }, hint: `${Object.values(ROLE_NAMES).join('、')}；每户一名户主` },
      { key: 'birthDate', header: '出生日期', kind: { is: 'birth-date' }, hint: '如 1980-05-01' },
      { key: 'phone', header: '手机号', kind: { is: 'phone' }, optional: true, hint: '可不填；11 位手机号' },
      { key: 'fromDate', header: '入住日期', kind: { is: 'date' }, optional: true, hint: '可不填；不填为租约起租日期' },
      { key: 'untilDate', header: '离开日期', kind: { is: 'date' }, optional: true, hint: '可不填；最后一天，含当天' },
    ],
  },
} as const satisfies Record<string, SheetSpec>

export type SheetId = keyof typeof SHEETS
export const SHEET_IDS = Object.keys(SHEETS) as readonly SheetId[]
