/** Words of workbooks that no page has. */
export const PASSAGE_SHEETS = {
  'zh-CN': {
    passages: '通行记录', about: '说明', yes: '是', no: '否',
    columns: ['时间', '小区', '门禁点', '方向', '通行方式', '结果', '拒绝原因', '备注', '人员', '人员编号', '手动放行人', '放行事由', '开门', '相似得分', '当时阈值', '活体得分', '等待（毫秒）', '次数', '设备', '通行编号', '边缘网关', 'epoch', '记录号'],
    facts: { exportId: '导出编号', at: '导出时间', by: '导出人', rows: '条数', names: '姓名', masked: '已脱敏', clear: '未脱敏（仅限本人负责的小区）', reason: '理由', conditions: '筛选条件', zone: '时间均为北京时间' },
    reasons: { incident: '事件调查', 'authority-request': '主管机关要求', 'resident-request': '住户本人要求', inspection: '检查' },
  },
  en: {
    passages: 'Passages', about: 'About', yes: 'yes', no: 'no',
    columns: ['Time', 'Estate', 'Gate', 'Direction', 'Way in', 'Result', 'Refusal reason', 'Remarks', 'Person', 'Ref', 'Opened by', 'Why opened', 'Door', 'Similarity', 'Threshold', 'Liveness', 'Wait (ms)', 'Attempts', 'Device', 'Passage id', 'Gateway', 'Epoch', 'Record'],
    facts: { exportId: 'Export', at: 'Exported at', by: 'Exported by', rows: 'Rows', names: 'Names', masked: 'masked', clear: 'in clear (own estates only)', reason: 'Reason', conditions: 'Filters', zone: 'All times are Beijing time' },
    reasons: { incident: 'incident', 'authority-request': 'request of an authority', 'resident-request': 'request of the resident', inspection: 'inspection' },
  },
} as const

export const FIGURE_SHEETS = {
  'zh-CN': {
    hours: '按时段', days: '按日', ways: '按通行方式', reasons: '按拒绝原因', hour: '时段', day: '日期', granted: '放行', refused: '拒绝', way: '通行方式', reason: '拒绝原因', passages: '次数',
    failed: '因方式本身被拒', rules: '因权限被拒', failureRate: '失败率', attempts: '平均次数', waits: '有等待时间的次数', median: '等待中位数（毫秒）', p95: '等待 95 百分位（毫秒）',
  },
  en: {
    hours: 'By hour', days: 'By day', ways: 'By way in', reasons: 'By refusal reason', hour: 'Hour', day: 'Day', granted: 'Granted', refused: 'Refused', way: 'Way in', reason: 'Refusal reason', passages: 'Passages',
    failed: 'Refused by the way itself', rules: 'Refused by right', failureRate: 'Failure rate', attempts: 'Mean attempts', waits: 'With a known wait', median: 'Median wait (ms)', p95: '95th percentile (ms)',
  },
} as const
