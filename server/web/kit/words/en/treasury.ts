/** Words of hand-over, electronic receipts and bank statements. */
export const treasury = {
  noTerms: 'How this estate hands over is not set', noTermsHint: 'Once the treasury officer has set mode, unit and account, hand-overs can be proposed.', unit: '{unit} · {item}', mode: { direct: 'straight to the treasury', agency: 'collected, then handed over' },
  due: 'To be handed over until {date}', collected: 'collected {sum}', vouched: 'in vouchers {sum}', propose: 'Propose a voucher', until: 'Until', kindName: 'Kind', kind: { 'hand-over': 'Hand-over', 'pay-back': 'Claim on the treasury', 'fee-reimbursement': 'Claim for fees' },
  span: 'Days', place: 'Lies at', state: { proposed: 'To be checked', refused: 'Refused', approved: 'To be carried out', done: 'Done' }, paymentCode: 'Payment code', bankSerial: 'Bank serial', doneOn: 'Bank day', made: 'Proposed',
  approve: 'Agree to {sum}', reject: 'Refuse', done: 'Enter the bank slip', doneSend: 'Enter', none: 'No vouchers yet', noneHint: 'Once money has arrived the treasury officer proposes a voucher.', vouchers: 'Vouchers', transit: 'In transit', transitNone: 'Nothing in transit', transitNoneHint: 'Money between payment, arrival and hand-over is shown here.',
  overdue: 'beyond two days {sum}', oldest: 'oldest {date}, {days} days', direct: 'In direct mode by channel', channel: 'Channel', merchant: 'Merchant', own: 'You proposed it: somebody else must agree.',
}
export const receipt = {
  kind: { issue: 'Issued', reversal: 'Reversed' }, kindName: 'Kind', state: { queued: 'Queued', issued: 'Issued', failed: 'Failed' }, stateName: 'State', batch: 'Batch', number: 'Number', our: 'Our number', at: 'Issued at', problem: 'Problem', tries: '{count} tries',
  none: 'No receipts', noneHint: 'Issued once a bill is paid; reversed after a refund.', gaps: 'Check of numbers', gapsNone: 'No number is missing.', gap: '{batch}: {from} to {until} missing, {count} in all', gapOf: '{batch}: {count} issued', bill: 'Bill',
}
export const bank = {
  account: 'Bank account', noAccount: 'No account for settlements is set', noAccountHint: 'Once a checker has set the bank account of a merchant, statements can be uploaded.', upload: 'Upload a statement', uploaded: '{lines} lines read, {added} new', match: 'Match with settlements', matched: 'Matched, {left} credits unexplained', mapping: 'Column names',
  mappingLead: 'Names of the columns in the header of the bank\'s file, saved once by account. Either debit and credit, or one amount.', column: { date: 'Date', serial: 'Serial', debit: 'Out', credit: 'In', amount: 'Amount (one column, plus is in)', balance: 'Balance', payer: 'Counterparty', memo: 'Memo' }, memoHint: 'Several columns with a comma', save: 'Save', saved: 'Saved',
  purpose: { settlement: 'Settlement', withdrawal: 'Withdrawal', other: 'Other', unknown: 'Unexplained' }, purposeName: 'Purpose', matchedWith: 'Settles', none: 'No lines in this span', noneHint: 'Upload a statement, or choose another span.', file: 'Statement (CSV or XLSX)',
}
export const treasuryRefusal = {
  SV_TREASURY_AMOUNT: 'Nothing is due, the day is not over, or channel and merchant are missing.',
  SV_TREASURY_FUNDS: 'The books do not hold so much there: it has not arrived, or fees are not paid back yet.',
  SV_TREASURY_SELF: 'You proposed it: somebody else must agree.',
  SV_TREASURY_STATE: 'Somebody else dealt with this voucher; load anew.',
  SV_TREASURY_TERMS: 'How this estate hands over is not set for that day.',
  SV_REPORT_EXPORT: 'Not agreed to yet, taken already, or over.',
  SV_REPORT_SELF: 'You asked for it: somebody else must agree, and only who asked may take it.',
  SV_REPORT_TOO_LARGE: 'Too many rows: narrow it or group by less.',
  SV_RECON_FILE: 'The file is wrong and nothing was taken in: check columns, days and amounts, or save the column names first.',
}
