/** Words of workbooks that no page has. */
export const SHEET_WORDS = {
  'zh-CN': {
    sheet: '说明', exportId: '导出编号', at: '导出时间', by: '导出人', rows: '行数', names: '姓名电话', masked: '已脱敏', clear: '未脱敏，经批准，仅限所述用途', reason: '用途', filter: '筛选条件', source: '口径', total: '合计',
  },
  en: {
    sheet: 'About', exportId: 'Export', at: 'Exported at', by: 'Exported by', rows: 'Rows', names: 'Names and phones', masked: 'masked', clear: 'in clear, approved, for the purpose given only', reason: 'Purpose', filter: 'Filter', source: 'Definitions', total: 'Total',
  },
} as const
