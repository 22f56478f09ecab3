/** Words of hand-over, electronic receipts and bank statements. */
export const treasury = {
  noTerms: '本小区还没有设定解缴办法', noTermsHint: '由国库专员设定解缴方式、执收单位和账户后，可以提出解缴。', unit: '{unit} · {item}', mode: { direct: '直缴国库', agency: '代收汇缴' },
  due: '截至 {date} 待解缴', collected: '累计收缴 {sum}', vouched: '已列入缴款书 {sum}', propose: '提出缴款书', until: '解缴至', kindName: '种类', kind: { 'hand-over': '解缴', 'pay-back': '申请退付', 'fee-reimbursement': '申请手续费' },
  span: '收款日', place: '资金所在', state: { proposed: '待复核', refused: '已驳回', approved: '待执行', done: '已完成' }, paymentCode: '缴款识别码', bankSerial: '银行流水号', doneOn: '银行日期', made: '提出时间',
  approve: '同意解缴 {sum}', reject: '驳回', done: '登记银行回单', doneSend: '登记', none: '还没有缴款书', noneHint: '收款到账后，由国库专员提出缴款书。', vouchers: '缴款书', transit: '在途资金', transitNone: '没有在途资金', transitNoneHint: '收款、到账与解缴之间的资金显示在这里。',
  overdue: '超过两日 {sum}', oldest: '最早 {date}，{days} 天', direct: '直缴时按渠道提出', channel: '渠道', merchant: '商户号', own: '由您提出，须由另一人同意。',
}
export const receipt = {
  kind: { issue: '开票', reversal: '冲红' }, kindName: '种类', state: { queued: '待开具', issued: '已开具', failed: '失败' }, stateName: '状态', batch: '票据代码', number: '票据号码', our: '业务流水号', at: '开具时间', problem: '问题', tries: '{count} 次',
  none: '没有符合的票据', noneHint: '账单缴清后自动开具；退款后自动冲红。', gaps: '票据号段检查', gapsNone: '号码连续，没有缺号。', gap: '{batch}：缺 {from} 至 {until}，共 {count} 张', gapOf: '{batch}：已开具 {count} 张', bill: '账单',
}
export const bank = {
  account: '银行账户', noAccount: '还没有设定结算账户', noAccountHint: '由复核人在渠道商户中设定到账的银行账户后，可以上传对账单。', upload: '上传对账单', uploaded: '读入 {lines} 行，新增 {added} 行', match: '与渠道结算核对', matched: '已核对，{left} 笔来账待查', mapping: '列名对应',
  mappingLead: '填写银行文件表头中的列名，按账户保存一次。借贷分列与单列金额二选一。', column: { date: '日期', serial: '流水号', debit: '支出', credit: '收入', amount: '金额（单列，正为收入）', balance: '余额', payer: '对方户名', memo: '摘要' }, memoHint: '可用顿号分隔多列', save: '保存', saved: '已保存',
  purpose: { settlement: '渠道结算', withdrawal: '提现', other: '其他', unknown: '待查' }, purposeName: '用途', matchedWith: '对应结算', none: '这段时间没有银行流水', noneHint: '请上传对账单，或换一段时间。', file: '对账单文件（CSV 或 XLSX）',
}
export const treasuryRefusal = {
  SV_TREASURY_AMOUNT: '不能这样解缴或申请：没有待解缴的款项、日期未过，或缺少渠道与商户号。',
  SV_TREASURY_FUNDS: '账上资金不足：可能款项尚未到账，或手续费尚未由预算拨回。',
  SV_TREASURY_SELF: '由您提出，须由另一人同意。',
  SV_TREASURY_STATE: '缴款书已被他人处理，请刷新。',
  SV_TREASURY_TERMS: '该日还没有设定解缴办法。',
  SV_REPORT_EXPORT: '不能下载或办理：尚未同意、已经下载，或已过期。',
  SV_REPORT_SELF: '由您申请，须由另一人同意；同意后只能由申请人下载。',
  SV_REPORT_TOO_LARGE: '行数太多，请缩小范围或减少分组。',
  SV_RECON_FILE: '文件有误，没有读入任何内容：请核对列名、日期和金额，或先保存列名对应。',
}
