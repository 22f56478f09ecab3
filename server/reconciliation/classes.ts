/** A result that money may hang on, and what is to be done about it. Codes stand in exports and cases: a retired one is never reused. */
export interface DifferenceClass {
  readonly name: string
  /** Why it is so, for staff. */
  readonly why: string
  /** What is done by default. */
  readonly action: string
  /** True where nothing is to be done. */
  readonly settled: boolean
}
const one = (name: string, why: string, action: string, settled = false): DifferenceClass => ({ name, why, action, settled })

export const CLASSES = {
  MATCHED: one('已对平', '渠道账单与订单的单号、金额、状态一致。', '无需处理', true),
  MATCHED_NEXT_DAY: one('次日对平', '当日账单中没有，前后三个工作日内的账单中找到。', '无需处理', true),
  CROSS_DAY: one('跨日', '前一日下单，当日支付成功，按支付成功日入账。', '无需处理', true),
  AMOUNT_MISMATCH: one('金额不符', '渠道实收金额与订单金额不同。', '转财务核查，租金入账以冲正更正'),
  STATUS_CHANNEL_SUCCESS_LOCAL_PENDING: one('渠道成功、本地待支付', '渠道已收款，本地订单仍在支付中，可能丢失了通知。', '向渠道查询后补单'),
  LATE_PAYMENT_AFTER_CLOSE: one('关单后支付', '订单已关闭，付款人随后仍支付成功。', '款项挂账；账单仍未缴的核实后入账，否则退款'),
  CHANNEL_ONLY_UNKNOWN: one('渠道有、本地无', '渠道有这笔款项，本地没有这个订单号。', '挂账，查询来源后入账或退款'),
  LOCAL_ONLY: one('本地有、渠道无', '本地记为已支付，渠道账单中没有。', '保留三日并查询；渠道未收款的冲正，并查是否为伪造通知'),
  ORDER_NO_MISMATCH: one('订单号不符', '渠道交易号与本地一致，商户订单号不同。', '核对后人工确认'),
  DOUBLE_PAY_SAME_RENT_BILL: one('同一账单重复支付', '同一张租金账单有两笔成功的支付。', '第二笔转预存或退款'),
  FEE_MISMATCH: one('手续费不符', '按约定费率计算的手续费与账单相差超过一分，或资金账单所扣与交易账单不同。', '向渠道申诉'),
  BILL_INTEGRITY: one('账单不完整', '账单没有取到、损坏，或合计、摘要与渠道所说的不同。', '重新下载或上传账单；批次保持打开'),
  DUP_CHANNEL_ROW: one('账单重复行', '渠道账单中同一笔交易出现多次。', '重新下载账单'),
  CHARGEBACK: one('渠道扣回', '资金账单中有一笔扣款没有对应的交易或退款。', '向渠道申诉'),
  REFUND_MATCHED: one('退款已对平', '渠道退款与本地退款单一致。', '无需处理', true),
  REFUND_PENDING_RECHECK: one('退款处理中', '出账单时退款尚在处理，状态不会再更新。', '次日向渠道查询'),
  REFUND_AMOUNT_MISMATCH: one('退款金额不符', '渠道退款金额与退款单不同。', '转财务核查'),
  REFUND_CHANNEL_ONLY: one('渠道有退款、本地无', '可能在商户平台上直接退款。', '次日向渠道查询，属实的补记退款单'),
  REFUND_LOCAL_ONLY: one('本地有退款、渠道无', '本地退款已成功，渠道账单中没有。', '次日向渠道查询'),
  REFUND_STATUS_MISMATCH: one('退款状态不符', '渠道与本地的退款结果不同。', '向渠道查询后更正'),
  BANK_MATCHED_NET: one('银行已到账', '银行入账等于当日净结算额。', '无需处理', true),
  SETTLEMENT_SHORT: one('结算少款', '银行入账少于净结算额，或资金账单入账少于交易账单。', '挂账，向渠道查询差额'),
  SETTLEMENT_OVER: one('结算多款', '银行入账多于净结算额，或资金账单入账多于交易账单。', '挂账，查明来源'),
  SETTLEMENT_MISSING: one('结算未到账', '银行流水中没有这一日的结算款，或资金账单中没有这笔交易的收支。', '挂账，超过约定到账日的向渠道查询'),
  BANK_SUSPENSE: one('银行来账待查', '银行入账不是渠道结算款。', '挂账；按房号、金额、姓名提示可能的账单，由人确认'),
  POSTING_MISSING: one('未入账', '订单已支付，账务中没有凭证。', '重新入账'),
  POSTING_AMOUNT: one('入账金额不符', '账务凭证的金额与订单或退款单不同。', '查明后以冲正更正'),
  POSTING_UNKNOWN: one('凭证无依据', '账务中有渠道收付款的凭证，没有对应的订单或退款单。', '转财务核查，以冲正更正'),
  RECEIPT_MISSING: one('未开票', '已入账，没有电子票据。', '重新开具'),
  RECEIPT_DUPLICATE: one('重复开票', '同一张账单有两张有效的电子票据。', '冲红多开的一张'),
  RECEIPT_NOT_REVERSED: one('未冲红', '款项已退回或金额已变，原电子票据没有冲红。', '冲红后按实收重新开具'),
  HANDOVER_MISSING: one('未解缴', '已到账，未解缴国库。', '列入下一次解缴'),
} as const satisfies Record<string, DifferenceClass>
export type ClassCode = keyof typeof CLASSES
export const CLASS_CODES = Object.keys(CLASSES) as ClassCode[]
