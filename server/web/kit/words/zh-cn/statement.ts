/** Words of the bank reconciliation statement, for page and workbook: the sheet says what the screen says. */
export const balancing = {
  title: '余额调节表（{date} 日终）',
  line: {
    bank: '银行对账单余额', bookIn: '加：企业已收，银行未收', bookOut: '减：企业已付，银行未付', adjustedBank: '调节后银行余额',
    book: '企业账面余额', bankIn: '加：银行已收，企业未收', bankOut: '减：银行已付，企业未付', adjustedBook: '调节后账面余额',
    left: '调节后差额', opening: '其中：期初差额', missing: '其中：对账单缺行',
  },
  count: '{count} 笔', more: '另有 {count} 笔，见 Excel', tied: '两边相符', notTied: '两边不符，请查期初余额和缺少的对账单',
  leftHint: '调节后银行余额 − 调节后账面余额', openingHint: '首笔流水之前的银行余额 − 已接管的期初余额', missingHint: '银行余额 − 首笔之前余额 − 各笔流水合计',
}
