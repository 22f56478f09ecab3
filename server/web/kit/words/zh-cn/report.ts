/** Words of the reports, for pages and workbooks: a sheet says what the screen says. */
export const report = {
  name: { rent: '应收实收汇总', ageing: '欠缴账龄', arrears: '长期欠缴名单', channels: '渠道与手续费', transit: '在途资金', 'hand-over': '国库解缴', card: '住户台账' },
  source: {
    rent: '来源：总账 1122.01、1122.02、2203 按入账月；期初 + 接管 + 应收 − 减免 − 补贴抵扣 − 实收 = 期末。当期收缴率 = 当期实收 ÷ 当期所出账单净额；清欠率 = 清欠 ÷（期初 + 接管 − 其后减免）；累计收缴率 = 历来实收 ÷ 历来净额。当期：按月分组时为当月，否则为所选各月。',
    ageing: '来源：今日已过宽限期、尚未缴清的账单，按逾期天数。',
    arrears: '来源：今日已过宽限期的租金账单，未缴月数累计（不须连续）。',
    channels: '来源：总账 1001、1002、1012 按凭证事由；期初 + 收款 − 退回 − 手续费 + 结入 − 结出 − 解缴 + 其他 = 期末。',
    transit: '来源：总账 1012、2103.02 今日余额，先进先出计龄；超过两日为超期。',
    'hand-over': '来源：总账 2103.02；期初 + 收缴 − 退回 − 解缴 = 期末（待解缴）。',
    card: '来源：总账中本户 1122.01、1122.02、2203、2241.01 的全部分录。',
  },
  column: {
    estate: '小区', building: '楼栋', tier: '保障类别', month: '月份', openingFen: '期初', takenOverFen: '期初接管', billedFen: '应收', reducedFen: '减免', offsetFen: '补贴抵扣', netFen: '应收净额',
    collectedFen: '实收', currentFen: '其中当期', clearedFen: '其中清欠', openFen: '期末未缴', overdueFen: '到期未缴', prepaidFen: '预存', currentPpm: '当期收缴率', clearedPpm: '清欠率',
    cumulativePpm: '累计收缴率', households: '欠缴户数', longHouseholds: '六个月以上', lateFen: '欠缴', to30Fen: '30 天以内', to90Fen: '31 至 90 天', to180Fen: '91 至 180 天', over180Fen: '180 天以上',
    unit: '房号', name: '承租人', phone: '电话', unpaidMonths: '未缴月数', oldestDueDate: '最早应缴日', daysOverdue: '逾期天数', step: '当前步骤', account: '科目', of: '明细', payments: '收款笔数',
    refunds: '退回笔数', receivedFen: '收款', returnedFen: '退回', feeFen: '手续费', settledInFen: '结入', settledOutFen: '结出', handedOverFen: '解缴', otherFen: '其他', closingFen: '期末',
    feePpm: '实际费率', oldestDate: '最早一日', days: '天数', agedFen: '超过两日', fen: '金额', collectedForFen: '收缴', date: '日期', cause: '事由', label: '账单', chargedFen: '应缴', settledFen: '已缴或减免', owedFen: '欠款',
    depositFen: '押金', seq: '凭证号',
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
    },
    step: { reminder: '提醒', 'second-reminder': '再次提醒', 'call-and-letter': '电话并寄信', 'written-demand': '书面催缴', 'formal-notice': '正式通知', case: '两人会审' },
  },
  ui: {
    choose: '报表', from: '起', until: '止', by: '分组', anyTier: '全部类别', minMonths: '未缴月数至少', chart: '{name}图', book: '导出 Excel', booking: '正在生成…', booked: '已保存 {name}', bills: '账单', card: '台账',
    none: '没有符合条件的数字', noneHint: '请换一段时间、小区或类别。', masked: '姓名电话已脱敏', total: '合计', who: '住户', noHousehold: '还没有选择住户', noHouseholdHint: '请从“账单”“欠缴”或“长期欠缴名单”中打开一户的台账。',
    by_estate: '小区', by_building: '楼栋', by_tier: '类别', by_month: '月份',
  },
  names: {
    open: '未脱敏导出', title: '未脱敏导出', lead: '须写明用途，经另一名复核人同意后四小时内由申请人下载一次，全程留痕。', ask: '申请', reason: '用途', reasonHint: '至少四个字，将写入审计记录和导出文件。', none: '没有申请',
    approve: '同意', reject: '驳回', take: '下载（仅一次）', over: '已过期', state: { requested: '待同意', approved: '待下载', refused: '已驳回', taken: '已下载' }, oneEstate: '请先选择一个小区：未脱敏导出只限一个小区。',
    of: '{report}，{estate}', until: '{time} 前有效',
  },
}
