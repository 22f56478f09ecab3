/** Words of the bank reconciliation statement, for page and workbook: the sheet says what the screen says. */
export const balancing = {
  title: 'Bank reconciliation, end of {date}',
  line: {
    bank: 'Balance at the bank', bookIn: 'Add: in the books, not at the bank', bookOut: 'Less: paid by the books, not by the bank', adjustedBank: 'Adjusted bank balance',
    book: 'Balance of the books', bankIn: 'Add: at the bank, not in the books', bankOut: 'Less: paid by the bank, not by the books', adjustedBook: 'Adjusted book balance',
    left: 'Difference after adjustment', opening: 'of it: opening', missing: 'of it: lines missing from statements',
  },
  count: '{count} item | {count} items', more: '{count} more in the workbook', tied: 'Both sides agree', notTied: 'The sides differ: look at the opening balance and for missing statements',
  leftHint: 'adjusted bank − adjusted books', openingHint: 'bank balance before the first line − opening taken over', missingHint: 'bank balance − balance before the first line − all lines',
}
