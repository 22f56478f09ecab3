/** Words of the reports, for pages and workbooks: a sheet says what the screen says. */
export const report = {
  name: { rent: 'Billed and collected', ageing: 'Arrears by age', arrears: 'Long arrears', channels: 'Channels and fees', transit: 'In transit', 'hand-over': 'Hand-over', card: 'Household ledger' },
  source: {
    rent: 'Source: ledger 1122.01, 1122.02, 2203 by accounting month; opening + taken over + billed − reduced − offset − collected = open. Current rate = current ÷ net of bills issued in the period; cleared rate = cleared ÷ (opening + taken over − reduced since); cumulative = all collected ÷ all net. The period is the month where rows are by month, else all months chosen.',
    ageing: 'Source: bills whose days of grace are over and that are not settled today, by days overdue.',
    arrears: 'Source: rent bills whose days of grace are over today; unpaid months, whether they follow each other or not.',
    channels: 'Source: ledger 1001, 1002, 1012 by cause; opening + received − returned − fees + settled in − settled out − handed over + other = closing.',
    transit: 'Source: balances of ledger 1012 and 2103.02 today, first in first out; beyond two days is overdue.',
    'hand-over': 'Source: ledger 2103.02; opening + collected − returned − handed over = closing, which waits to be handed over.',
    card: 'Source: all entries of this household on ledger 1122.01, 1122.02, 2203, 2241.01.',
  },
  column: {
    estate: 'Estate', building: 'Building', tier: 'Tier', month: 'Month', openingFen: 'Opening', takenOverFen: 'Taken over', billedFen: 'Billed', reducedFen: 'Reduced', offsetFen: 'Subsidy', netFen: 'Net billed',
    collectedFen: 'Collected', currentFen: 'of it current', clearedFen: 'of it cleared', openFen: 'Open', overdueFen: 'Due and open', prepaidFen: 'Prepaid', currentPpm: 'Current rate', clearedPpm: 'Cleared rate',
    cumulativePpm: 'Cumulative rate', households: 'Households', longHouseholds: '6 months and more', lateFen: 'Late', to30Fen: 'to 30 days', to90Fen: '31 to 90', to180Fen: '91 to 180', over180Fen: 'over 180',
    unit: 'Home', name: 'Tenant', phone: 'Phone', unpaidMonths: 'Months unpaid', oldestDueDate: 'Oldest due', daysOverdue: 'Days overdue', step: 'Step', account: 'Account', of: 'Of', payments: 'Payments',
    refunds: 'Returns', receivedFen: 'Received', returnedFen: 'Returned', feeFen: 'Fees', settledInFen: 'Settled in', settledOutFen: 'Settled out', handedOverFen: 'Handed over', otherFen: 'Other', closingFen: 'Closing',
    feePpm: 'Fee rate', oldestDate: 'Oldest day', days: 'Days', agedFen: 'beyond two days', fen: 'Amount', collectedForFen: 'Collected', date: 'Date', cause: 'Cause', label: 'Bill', chargedFen: 'Charged', settledFen: 'Settled', owedFen: 'Owed',
    depositFen: 'Deposit', seq: 'Journal',
  },
  code: {
    tier: {
      'minimum-living': 'Minimum living', destitute: 'Destitute', 'minimum-living-edge': 'Edge of minimum living', 'low-income': 'Low income', 'lower-middle': 'Lower middle', 'new-employee': 'New employee',
      'migrant-worker': 'Migrant worker', 'over-limit': 'Over limit', market: 'Market',
    },
    account: {
      cash: 'Cash', bank: 'Bank', 'transit-wechat': 'WeChat in transit', 'transit-alipay': 'Alipay in transit', 'transit-pos': 'Card in transit', 'to-hand-over': 'To be handed over',
    },
    cause: {
      'brought-forward': 'Brought forward', billed: 'Billed', reduced: 'Reduced', 'subsidy-offset': 'Subsidy', paid: 'Paid', 'prepayment-applied': 'Prepayment used', 'prepayment-returned': 'Prepayment returned',
      refunded: 'Refunded', 'suspense-applied': 'From suspense', 'deposit-received': 'Deposit received', 'deposit-returned': 'Deposit returned', 'deposit-applied': 'Deposit used', opened: 'Taken over',
      'opening-reversed': 'Opening taken back',
    },
    step: { reminder: 'Reminder', 'second-reminder': 'Second reminder', 'call-and-letter': 'Call and letter', 'written-demand': 'Written demand', 'formal-notice': 'Formal notice', case: 'Review by two' },
  },
  ui: {
    choose: 'Report', from: 'From', until: 'Until', by: 'By', anyTier: 'All tiers', minMonths: 'Months unpaid, at least', chart: 'Chart of {name}', book: 'Export to Excel', booking: 'Being made…', booked: 'Saved {name}', bills: 'Bills', card: 'Ledger card',
    none: 'No figures', noneHint: 'Choose other months, another estate or tier.', masked: 'Names and phones are masked', total: 'Total', who: 'Household', noHousehold: 'No household chosen', noHouseholdHint: 'Open the card of a household from bills, arrears or the list of long arrears.',
    by_estate: 'Estate', by_building: 'Building', by_tier: 'Tier', by_month: 'Month',
  },
  names: {
    open: 'Export with names', title: 'Export with names', lead: 'Wants a purpose and the agreement of another checker; then who asked may take it once within four hours. All of it is logged.', ask: 'Ask', reason: 'Purpose', reasonHint: 'At least four characters; stands in the audit log and on the sheet.', none: 'No requests',
    approve: 'Agree', reject: 'Refuse', take: 'Download (once)', over: 'Over', state: { requested: 'To be agreed', approved: 'To be taken', refused: 'Refused', taken: 'Taken' }, oneEstate: 'Choose an estate first: names are exported of one estate only.',
    of: '{report}, {estate}', until: 'until {time}',
  },
}
