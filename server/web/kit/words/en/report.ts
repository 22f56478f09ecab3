/** Words of the reports, for pages and workbooks: a sheet says what the screen says. */
export const report = {
  name: { rent: 'Billed and collected', ageing: 'Arrears by age', arrears: 'Long arrears', channels: 'Channels and fees', transit: 'In transit', 'hand-over': 'Hand-over', performance: 'Yearly performance', review: 'Yearly review and exits', card: 'Household ledger' },
  source: {
    rent: 'Source: ledger 1122.01, 1122.02, 2203 by accounting month; opening + taken over + billed − reduced − offset − collected = open. Prior period: booked late for months that were closed. Current rate = current ÷ net of bills issued in the period; cleared rate = cleared ÷ (opening + taken over − reduced since); cumulative = all collected ÷ all net. The period is the month where rows are by month, else all months chosen.',
    ageing: 'Source: bills whose days of grace are over and that are not settled today, by days overdue.',
    arrears: 'Source: rent bills whose days of grace are over today; unpaid months, whether they follow each other or not.',
    channels: 'Source: ledger 1001, 1002, 1012 by cause; opening + received − returned − fees + settled in − settled out − handed over + other = closing. Prior period: booked late for months that were closed.',
    transit: 'Source: balances of ledger 1012 and 2103.02 today, first in first out; beyond two days is overdue.',
    'hand-over': 'Source: ledger 2103.02; opening + collected − returned − handed over = closing, which waits to be handed over. Prior period: booked late for months that were closed.',
    performance: 'What each figure is stands below its name. A year that is not over goes until today; nothing of it can be set by whoever runs the estate.',
    review: 'Source: leases that run today, certificates of tiers, tiers of the newest bills, arrears, and whether anybody passed a gate in half a year (no more than that). Reading it is logged. A household has a row for each reason. For people to look into: it changes no lease, pass or bill.',
    card: 'Source: all entries of this household on ledger 1122.01, 1122.02, 2203, 2241.01.',
  },
  column: {
    estate: 'Estate', building: 'Building', tier: 'Tier', month: 'Month', openingFen: 'Opening', takenOverFen: 'Taken over', billedFen: 'Billed', reducedFen: 'Reduced', offsetFen: 'Subsidy', netFen: 'Net billed', priorNetFen: 'of it prior period', priorCollectedFen: 'of collected, prior period', priorReceivedFen: 'of received, prior period', priorReturnedFen: 'of returned, prior period', priorFeeFen: 'of fees, prior period',
    collectedFen: 'Collected', currentFen: 'of it current', clearedFen: 'of it cleared', openFen: 'Open', overdueFen: 'Due and open', prepaidFen: 'Prepaid', currentPpm: 'Current rate', clearedPpm: 'Cleared rate',
    cumulativePpm: 'Cumulative rate', households: 'Households', longHouseholds: '6 months and more', lateFen: 'Late', to30Fen: 'to 30 days', to90Fen: '31 to 90', to180Fen: '91 to 180', over180Fen: 'over 180',
    unit: 'Home', name: 'Tenant', phone: 'Phone', unpaidMonths: 'Months unpaid', oldestDueDate: 'Oldest due', daysOverdue: 'Days overdue', step: 'Step', account: 'Account', of: 'Of', payments: 'Payments',
    refunds: 'Returns', receivedFen: 'Received', returnedFen: 'Returned', feeFen: 'Fees', settledInFen: 'Settled in', settledOutFen: 'Settled out', handedOverFen: 'Handed over', otherFen: 'Other', closingFen: 'Closing',
    feePpm: 'Fee rate', oldestDate: 'Oldest day', days: 'Days', agedFen: 'beyond two days', fen: 'Amount', collectedForFen: 'Collected', date: 'Date', cause: 'Cause', label: 'Bill', chargedFen: 'Charged', settledFen: 'Settled', owedFen: 'Owed',
    depositFen: 'Deposit', seq: 'Journal', receipts: 'Receipts given', receiptsWaiting: 'Receipts not given', daysDue: 'Days to be closed', daysClosed: 'Days closed', daysLate: 'of them late', daysOpen: 'Days not closed', cases: 'Differences',
    casesOpen: 'Not explained', casesOpenFen: 'Not explained, amount', oldestCaseDays: 'Longest unexplained (days)', devices: 'Devices', outages: 'Outages', outageHours: 'Hours away', availabilityPpm: 'Availability',
    urgentAlarms: 'Urgent alarms', responseMinutes: 'Response (minutes)', alarmsOpen: 'Alarms not cleared', tickets: 'Tickets', ticketsOpen: 'Tickets not done', ticketHours: 'Time to done (hours)',
    missingRecords: 'Records missing', brokenLogs: 'Broken logs', reason: 'Reason', onDate: 'Day',
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
      'opening-reversed': 'Opening taken back', settled: 'Settlement', 'handed-over': 'Handed over', 'fee-charged': 'Fee', 'fee-returned': 'Fee returned', 'fee-reimbursed': 'Fee reimbursed',
      'subsidy-received': 'Subsidy received', suspended: 'To suspense', 'suspense-returned': 'Suspense returned', 'treasury-paid-back': 'Paid back by the treasury', 'cash-difference': 'Cash over or short', 'difference-held': 'Settlement difference to suspense', 'difference-charged': 'Settlement difference as fee',
    },
    reason: {
      'unpaid-months': 'Six months or more unpaid: to be given back', 'not-seen': 'Nobody passed a gate in six months: perhaps empty', 'certificate-over': 'Certificate of tier is over', 'certificate-missing': 'No certificate of tier', 'over-limit': 'Over the limit, in transition',
      'certificate-ending': 'Certificate ends within three months', 'lease-ending': 'Lease ends within three months',
    },
    step: { reminder: 'Reminder', 'second-reminder': 'Second reminder', 'call-and-letter': 'Call and letter', 'written-demand': 'Written demand', 'formal-notice': 'Formal notice', case: 'Review by two' },
  },
  /** What each figure of the yearly report is, and where it comes from. */
  define: {
    netFen: 'billed this year less reductions and subsidies; ledger 1122.01, 1122.02', collectedFen: 'what settled bills this year, less what was given back; ledger 1122.01, 1122.02', currentPpm: 'of bills issued this year: collected ÷ net',
    clearedPpm: 'of earlier debt: collected ÷ (opening + taken over − reduced since)', overdueFen: 'due by the last month and not paid at its end; ledger 1122.01, 1122.02', receipts: 'electronic receipts of this year that were issued',
    receiptsWaiting: 'electronic receipts of this year that are queued or failed', daysDue: 'days of this year since the books began, until yesterday; ledger', daysClosed: 'of these, signed by two persons; closes',
    daysLate: 'signed after the end of the third day since; closes', daysOpen: 'to be closed − closed', cases: 'differences of this year\'s bills that somebody has to explain; reconciliation', casesOpen: 'of these, not explained today',
    casesOpenFen: 'money that hangs on them', oldestCaseDays: 'age of the oldest of them', devices: 'controllers, readers and cameras registered today', outages: 'alarms of this year that a device is away; gateways',
    outageHours: 'from each such alarm until it was cleared, all devices added up; gateways', availabilityPpm: '1 − time away ÷ (devices × time since the gateway was claimed)', urgentAlarms: 'fire, duress, forced, tamper; gateways',
    responseMinutes: 'median until somebody noted an urgent alarm; until cleared or today where nobody did', alarmsOpen: 'alarms of any kind that stand today', tickets: 'what residents asked for this year', ticketsOpen: 'of these, not done today',
    ticketHours: 'median until done', missingRecords: 'records that a gateway signed for and the centre does not have today', brokenLogs: 'logs that do not follow from each other; should be none',
  },
  area: { rent: 'Rent', receipt: 'Receipts', close: 'Daily close', exception: 'Differences', device: 'Devices', alarm: 'Alarms', ticket: 'Tickets', record: 'Records' },
  ui: {
    yuan: ' yuan', year: 'Year', figure: 'Figure', search: 'Find a household', searchHint: 'Room, tenant\'s whole name, household number or number of a payment order', searchNone: 'None found. Names are found whole only; or search by room (3栋 502), household number or order number.', searching: 'Searching…',
    found: '{count} found; arrow keys choose, Enter opens', foundBy: { order: 'order', number: 'number', name: 'name', room: 'room' },
    choose: 'Report', from: 'From', until: 'Until', by: 'By', anyTier: 'All tiers', minMonths: 'Months unpaid, at least', chart: 'Chart of {name}', book: 'Export to Excel', booking: 'Being made…', booked: 'Saved {name}', bills: 'Bills', card: 'Ledger card',
    none: 'No figures', noneHint: 'Choose other months, another estate or tier.', masked: 'Names and phones are masked', total: 'Total', who: 'Household', noHousehold: 'No household chosen', noHouseholdHint: 'Search above, or open the card of a household from bills, arrears or the list of long arrears.', noRows: 'Nothing in this span', noRowsHint: 'Choose other months.',
    by_estate: 'Estate', by_building: 'Building', by_tier: 'Tier', by_month: 'Month',
  },
  names: {
    open: 'Export with names', title: 'Export with names', lead: 'Wants a purpose and the agreement of another checker; then who asked may take it once within four hours. All of it is logged.', ask: 'Ask', reason: 'Purpose', reasonHint: 'At least four characters; stands in the audit log and on the sheet.', none: 'No requests',
    approve: 'Agree', reject: 'Refuse', take: 'Download (once)', over: 'Over', state: { requested: 'To be agreed', approved: 'To be taken', refused: 'Refused', taken: 'Taken' }, oneEstate: 'Choose an estate first: names are exported of one estate only.',
    of: '{report}, {estate}', until: 'until {time}',
  },
}
