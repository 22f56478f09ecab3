/**
 * The chart of accounts. Rent of government housing is non-tax revenue of the treasury (公共租赁住房管理办法 art. 22): the
 * landlord holds it in trust, so what is billed and what was collected stand opposite to `not-yet-collected` and
 * `to-hand-over`, and none of it is income here. `by` says what an account is kept by within an estate. `clears` is what
 * must become zero again, and by what; accounts without it carry a balance for good reason.
 */
export const ACCOUNTS = {
  'cash': { code: '1001', name: '库存现金', normal: 'debit', by: 'cash desk', clears: 'banked at day close, differences to cash-difference' },
  'bank': { code: '1002', name: '银行存款（待解缴）', normal: 'debit', by: 'bank account', clears: 'handed over, gross; fees come back from the budget' },
  'transit-wechat': { code: '1012.01', name: '微信在途资金', normal: 'debit', by: 'merchant', clears: 'settled by the channel, T+1 to T+5' },
  'transit-alipay': { code: '1012.02', name: '支付宝在途资金', normal: 'debit', by: 'merchant', clears: 'settled by the channel, T+1 to T+5' },
  'transit-pos': { code: '1012.03', name: 'POS在途资金', normal: 'debit', by: 'merchant', clears: 'settled by the acquirer, T+1 to T+5' },
  'rent-receivable': { code: '1122.01', name: '应收租金', normal: 'debit', by: null, clears: 'paid, reduced or offset' },
  'late-charge-receivable': { code: '1122.02', name: '应收违约金', normal: 'debit', by: null, clears: 'paid or waived' },
  'subsidy-receivable': { code: '1122.03', name: '应收租赁补贴', normal: 'debit', by: null, clears: 'paid by the subsidy\'s budget' },
  'fee-claim': { code: '1221.01', name: '应收手续费（预算列支）', normal: 'debit', by: 'merchant', clears: 'paid by the budget: fees are never taken out of revenue (不得坐支)' },
  'treasury-refund-claim': { code: '1221.02', name: '应收国库退付', normal: 'debit', by: null, clears: 'paid back by the treasury after a refund of revenue that was handed over' },
  'cash-difference': { code: '1901', name: '待处理现金长短款', normal: 'debit', by: 'cash desk', clears: 'explained or made good, with approval' },
  'not-yet-collected': { code: '2103.01', name: '应缴未收非税收入', normal: 'credit', by: null, clears: 'equals all receivables of the treasury at any time' },
  'to-hand-over': { code: '2103.02', name: '应缴国库款（已收未缴）', normal: 'credit', by: null, clears: 'handed over to the treasury' },
  'prepayment': { code: '2203', name: '预收租金', normal: 'credit', by: null, clears: null },
  'deposit': { code: '2241.01', name: '租赁押金', normal: 'credit', by: null, clears: null },
  'suspense': { code: '2241.02', name: '挂账待查', normal: 'credit', by: null, clears: 'applied, refunded, settled by the channel after all or claimed as its charge' },
  'opening': { code: '9000', name: '期初余额', normal: 'debit', by: null, clears: 'zero once the opening list is signed off' },
} as const satisfies Record<string, { code: string; name: string; normal: 'debit' | 'credit'; by: string | null; clears: string | null }>

export type Account = keyof typeof ACCOUNTS
export const ACCOUNT_NAMES = Object.keys(ACCOUNTS) as Account[]

/** Channels that hold money between a payment and its arrival at the bank. */
export const TRANSIT = { wechat: 'transit-wechat', alipay: 'transit-alipay', pos: 'transit-pos' } as const satisfies Record<string, Account>
/** What a resident owes to the treasury. */
export const RECEIVABLES = ['rent-receivable', 'late-charge-receivable', 'subsidy-receivable'] as const satisfies readonly Account[]
export type Receivable = (typeof RECEIVABLES)[number]
