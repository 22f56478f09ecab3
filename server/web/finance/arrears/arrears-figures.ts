/** Ages of what is owed, in the order in which the server sums them: days overdue. */
export const AGES = ['30', '90', '180', 'more'] as const
/** So many unpaid months that two persons look at the household (公共租赁住房管理办法 art. 29). */
export const MONTHS_OF_A_CASE = 6

/** What is owed by age over all households. */
export const ageSums = (items: ReadonlyArray<{ readonly ageingFen: readonly number[] }>): number[] =>
  AGES.map((_, at) => items.reduce((sum, item) => sum + (item.ageingFen[at] ?? 0), 0))
