/** Words of the reports, for pages and workbooks: a sheet says what the screen says. */
export const report = {
  name: { rent: '应收实收汇总', ageing: '欠缴账龄', arrears: '长期欠缴名单', channels: '渠道与手续费', transit: '在途资金', 'hand-over': '国库解缴', performance: '运营年度考核', review: '年审与退出预警', card: '住户台账' },
  source: {
    rent: '来源：总账 1122.01、1122.02、2203 按入账月；期初 + 接管 + 应收 − 减免 − 补贴抵扣 − 实收 = 期末。前期：为已结账月份补记的金额。当期收缴率 = 当期实收 ÷ 当期所出账单净额；清欠率 = 清欠 ÷（期初 + 接管 − 其后减免）；累计收缴率 = 历来实收 ÷ 历来净额。当期：按月分组时为当月，否则为所选各月。',
    ageing: '来源：今日已过宽限期、尚未缴清的账单，按逾期天数。',
    arrears: '来源：今日已过宽限期的租金账单，未缴月数累计（不须连续）。',
    channels: '来源：总账 1001、1002、1012 按凭证事由；期初 + 收款 − 退回 − 手续费 + 结入 − 结出 − 解缴 + 其他 = 期末。前期：为已结账月份补记的金额。',
    transit: '来源：总账 1012、2103.02 今日余额，先进先出计龄；超过两日为超期。',
    'hand-over': '来源：总账 2103.02；期初 + 收缴 − 退回 − 解缴 = 期末（待解缴）。前期：为已结账月份补记的金额。',
    performance: '各项口径见指标名下。年度未满的截至今日；运营单位不能改动其中任何数字。',
    review: '来源：今日有效的租约、保障类别证明、最近账单的类别、欠缴名单，以及半年内有无通行（只看有无）。查阅留痕。一户有几项原因列几行。只供人工核查，不自动影响租约、通行或账单。',
    card: '来源：总账中本户 1122.01、1122.02、2203、2241.01 的全部分录。',
  },
  column: {
    estate: '小区', building: '楼栋', tier: '保障类别', month: '月份', openingFen: '期初', takenOverFen: '期初接管', billedFen: '应收', reducedFen: '减免', offsetFen: '补贴抵扣', netFen: '应收净额', priorNetFen: '其中前期应收', priorCollectedFen: '其中前期实收', priorReceivedFen: '其中前期收款', priorReturnedFen: '其中前期退回', priorFeeFen: '其中前期手续费',
    collectedFen: '实收', currentFen: '其中当期', clearedFen: '其中清欠', openFen: '期末未缴', overdueFen: '到期未缴', prepaidFen: '预存', currentPpm: '当期收缴率', clearedPpm: '清欠率',
    cumulativePpm: '累计收缴率', households: '欠缴户数', longHouseholds: '六个月以上', lateFen: '欠缴', to30Fen: '30 天以内', to90Fen: '31 至 90 天', to180Fen: '91 至 180 天', over180Fen: '180 天以上',
    unit: '房号', name: '承租人', phone: '电话', unpaidMonths: '未缴月数', oldestDueDate: '最早应缴日', daysOverdue: '逾期天数', step: '当前步骤', account: '科目', of: '明细', payments: '收款笔数',
    refunds: '退回笔数', receivedFen: '收款', returnedFen: '退回', feeFen: '手续费', settledInFen: '结入', settledOutFen: '结出', handedOverFen: '解缴', otherFen: '其他', closingFen: '期末',
    feePpm: '实际费率', oldestDate: '最早一日', days: '天数', agedFen: '超过两日', fen: '金额', collectedForFen: '收缴', date: '日期', cause: '事由', label: '账单', chargedFen: '应缴', settledFen: '已缴或减免', owedFen: '欠款',
    depositFen: '押金', seq: '凭证号', receipts: '已开票据', receiptsWaiting: '未开成票据', daysDue: '应日结天数', daysClosed: '已日结天数', daysLate: '其中迟结', daysOpen: '未日结天数', cases: '对账差异', casesOpen: '未说明差异',
    casesOpenFen: '未说明金额', oldestCaseDays: '最久未说明（天）', devices: '在册设备', outages: '离线次数', outageHours: '离线小时', availabilityPpm: '设备可用率', urgentAlarms: '紧急告警', responseMinutes: '告警响应（分钟）',
    alarmsOpen: '未消除告警', tickets: '住户工单', ticketsOpen: '未办结工单', ticketHours: '工单办结（小时）', missingRecords: '缺失记录', brokenLogs: '断开的记录链', reason: '原因', onDate: '有关日期',
  },
  code: {
    tier: {
      'minimum-living': '低保', destitute: '特困', 'minimum-living-edge': '低保边缘', 'low-income': '低收入', 'lower-middle': '中等偏下', 'new-employee': '新就业', 'migrant-worker': '外来务工',
      'over-limit': '超标过渡', market: '市场',
    },
    account: {
      cash: '库存现金', bank: '银行存款（待解缴）', 'transit-wechat': '微信在途资金', 'transit-alipay': '支付宝在途资金', 'transit-pos': 'POS在途资金', 'to-hand-over': '应缴国库款（已收未缴）',
    },
    cause: {
      'brought-forward': '期初', billed: '出账', reduced: '减免', 'subsidy-offset': '补贴抵扣', paid: '缴款', 'prepayment-applied': '预存抵缴', 'prepayment-returned': '预存退回', refunded: '退款',
      'suspense-applied': '挂账转入', 'deposit-received': '收押金', 'deposit-returned': '退押金', 'deposit-applied': '押金抵缴', opened: '期初接管', 'opening-reversed': '撤回期初接管',
      settled: '渠道结算', 'handed-over': '解缴', 'fee-charged': '手续费', 'fee-returned': '手续费退回', 'fee-reimbursed': '手续费拨回', 'subsidy-received': '补贴到账', suspended: '挂账', 'suspense-returned': '挂账退回',
      'treasury-paid-back': '国库退付', 'cash-difference': '现金长短款', 'difference-held': '结算差额挂账', 'difference-charged': '结算差额认作手续费',
    },
    reason: {
      'unpaid-months': '累计 6 个月以上未缴，应当腾退', 'not-seen': '六个月没有通行记录，可能闲置', 'certificate-over': '类别证明已过期', 'certificate-missing': '没有类别证明', 'over-limit': '超标过渡', 'certificate-ending': '类别证明三个月内到期',
      'lease-ending': '租约三个月内期满',
    },
    step: { reminder: '提醒', 'second-reminder': '再次提醒', 'call-and-letter': '电话并寄信', 'written-demand': '书面催缴', 'formal-notice': '正式通知', case: '两人会审' },
  },
  /** What each figure of the yearly report is, and where it comes from. */
  define: {
    netFen: '本年出账减去减免、补贴抵扣。总账 1122.01、1122.02', collectedFen: '本年结清账单的款项减去退回。总账 1122.01、1122.02', currentPpm: '本年所出账单：实收 ÷ 净额', clearedPpm: '以前欠款：实收 ÷（期初 + 接管 − 其后减免）',
    overdueFen: '应缴月份已到、期末仍未缴。总账 1122.01、1122.02', receipts: '业务日期在本年、已开具的财政电子票据', receiptsWaiting: '业务日期在本年、仍在排队或失败的票据', daysDue: '本年自账务首日起，至昨日。总账',
    daysClosed: '应日结的日子中已由两人签认的。结账记录', daysLate: '账务日之后第三日日终以后才签认的。结账记录', daysOpen: '应日结 − 已日结', cases: '账单日在本年、须人工说明的差异。对账',
    casesOpen: '其中至今没有说明的', casesOpenFen: '没有说明的差异所涉金额', oldestCaseDays: '最早一笔没有说明的差异，发现至今', devices: '今日登记的控制器、读头和摄像机', outages: '本年设备离线告警次数。网关告警',
    outageHours: '离线告警从发生到消除，各设备相加。网关告警', availabilityPpm: '1 − 离线时间 ÷（在册设备 × 网关启用后的时间）', urgentAlarms: '火警、胁迫、强行开门、防拆。网关告警',
    responseMinutes: '紧急告警从发生到有人确认的中位数；无人确认的计到消除或今日', alarmsOpen: '今日仍未消除的各类告警', tickets: '本年住户提出的。工单', ticketsOpen: '其中今日未办结的', ticketHours: '从提出到办结的中位数',
    missingRecords: '网关已签名而中心今日还没有收到的记录', brokenLogs: '前后不相连的记录链；应为零',
  },
  area: { rent: '租金收缴', receipt: '票据', close: '日结', exception: '对账差异', device: '设备', alarm: '告警', ticket: '工单', record: '记录完整' },
  ui: {
    yuan: '元', year: '年度', figure: '指标', search: '查找住户', searchHint: '房号、承租人全名、户编号或支付订单号', searchNone: '没有找到。姓名须写全；也可用房号（如 3栋 502）、户编号或订单号查找。', searching: '正在查找…', found: '找到 {count} 户，用上下键选择，回车打开',
    foundBy: { order: '订单号', number: '户编号', name: '姓名', room: '房号' },
    choose: '报表', from: '起', until: '止', by: '分组', anyTier: '全部类别', minMonths: '未缴月数至少', chart: '{name}图', book: '导出 Excel', booking: '正在生成…', booked: '已保存 {name}', bills: '账单', card: '台账',
    none: '没有符合条件的数字', noneHint: '请换一段时间、小区或类别。', masked: '姓名电话已脱敏', total: '合计', who: '住户', noHousehold: '还没有选择住户', noHouseholdHint: '请在上面查找，或从“账单”“欠缴”“长期欠缴名单”中打开一户的台账。', noRows: '这段时间没有往来', noRowsHint: '请换一段时间。',
    by_estate: '小区', by_building: '楼栋', by_tier: '类别', by_month: '月份',
  },
  names: {
    open: '未脱敏导出', title: '未脱敏导出', lead: '须写明用途，经另一名复核人同意后四小时内由申请人下载一次，全程留痕。', ask: '申请', reason: '用途', reasonHint: '至少四个字，将写入审计记录和导出文件。', none: '没有申请',
    approve: '同意', reject: '驳回', take: '下载（仅一次）', over: '已过期', state: { requested: '待同意', approved: '待下载', refused: '已驳回', taken: '已下载' }, oneEstate: '请先选择一个小区：未脱敏导出只限一个小区。',
    of: '{report}，{estate}', until: '{time} 前有效',
  },
}
