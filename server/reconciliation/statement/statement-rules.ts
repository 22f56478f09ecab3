/** A line of the bank's statement. */
export interface StatementLine {
  readonly serial: string
  /** YYYY-MM-DD */
  readonly date: string
  /** Above zero comes in. */
  readonly fen: number
  readonly balanceFen: number | null
  readonly memo: string
  /** `channel merchant day` of the settlement that it was matched with, or null. */
  readonly matchedWith: string | null
}
/** What the books put on the account for one cause. */
export interface BookEntry {
  readonly cause: string
  readonly causeRef: string
  readonly date: string
  /** Above zero comes in. */
  readonly fen: number
  /** The bank's serial number, where somebody noted it: so on vouchers and deposits. */
  readonly memo: string | null
}

export interface StatementItem {
  readonly date: string
  /** The bank's serial number, or the books' own reference. */
  readonly reference: string
  readonly fen: number
  readonly text: string
}

/** 余额调节表: both balances, what each side has and the other not, and what that leaves. */
export interface BankStatement {
  readonly date: string
  readonly bankFen: number
  readonly bookFen: number
  /** Bank's balance before its first line less what the books took over. */
  readonly openingFen: number
  /** Bank's balance less its first one and all lines since: lines that no statement has. */
  readonly missingFen: number
  /** 银行已收（付），企业未收（付）. */
  readonly bankOnly: readonly StatementItem[]
  /** 企业已收（付），银行未收（付）. */
  readonly bookOnly: readonly StatementItem[]
  /** Bank's balance with what only the books have, and the books' with what only the bank has; equal where `leftFen` is 0. */
  readonly adjustedBankFen: number
  readonly adjustedBookFen: number
  /** What is not explained = `openingFen` + `missingFen`. */
  readonly leftFen: number
}

const sum = (items: ReadonlyArray<{ readonly fen: number }>): number => items.reduce((total, one) => total + one.fen, 0)

/**
 * Balances before the first and after the last line of one day, whatever the order of serial numbers: those that no other line of the day
 * joins. A day that ends as it began has none.
 */
function endsOf(lines: readonly StatementLine[]): { beforeFen: number | undefined; afterFen: number | undefined } {
  const known = lines.flatMap(({ fen, balanceFen }) => (balanceFen === null ? [] : [{ before: balanceFen - fen, after: balanceFen }]))
  const loose = (of: 'before' | 'after', joined: 'before' | 'after'): number | undefined => {
    const others = new Map<number, number>()
    for (const one of known) others.set(one[joined], (others.get(one[joined]) ?? 0) + 1)
    return known.find((one) => {
      const left = others.get(one[of]) ?? 0
      others.set(one[of], left - 1)
      return left <= 0
    })?.[of]
  }
  return { beforeFen: loose('before', 'after') ?? known[0]?.before, afterFen: loose('after', 'before') }
}

const SETTLED = /^(\w+:[^:]+):(\d{4}-\d{2}-\d{2}):/

/** For each settlement of the books the line that it came with: that which names its day, or the next later of its merchant where several days came as one. */
function settlementsOf(lines: readonly StatementLine[]): (entry: BookEntry) => string | undefined {
  const byMerchant = new Map<string, Array<{ readonly until: string; readonly serial: string }>>()
  for (const { serial, matchedWith } of lines) {
    const [channel, merchantId, until] = (matchedWith ?? '').split(' ')
    if (until !== undefined) byMerchant.set(`${channel}:${merchantId}`, [...(byMerchant.get(`${channel}:${merchantId}`) ?? []), { until, serial }])
  }
  for (const named of byMerchant.values()) named.sort((a, b) => (a.until === b.until ? (a.serial < b.serial ? -1 : 1) : a.until < b.until ? -1 : 1))
  return ({ cause, causeRef }) => {
    const [, merchant = '', day = ''] = (cause === 'settled' ? SETTLED.exec(causeRef) : null) ?? []
    return day === '' ? undefined : byMerchant.get(merchant)?.find(({ until }) => until >= day)?.serial
  }
}

/** Lines less what the books have of them. Several credits for one settlement stand as one, at the first of them. */
function bankOnlyOf(lines: readonly StatementLine[], booked: ReadonlyMap<string, number>): StatementItem[] {
  const groups = new Map<string, StatementLine[]>()
  for (const line of lines) groups.set(line.matchedWith ?? line.serial, [...(groups.get(line.matchedWith ?? line.serial) ?? []), line])
  return [...groups.values()].flatMap((group) => {
    const [first] = group as [StatementLine, ...StatementLine[]]
    const fen = sum(group) - group.reduce((total, { serial }) => total + (booked.get(serial) ?? 0), 0)
    return fen === 0 ? [] : [{ date: first.date, reference: first.serial, fen, text: first.memo }]
  })
}

/**
 * The account at the end of a day by the bank and by the books. Pure.
 * @param lines until the day, by day
 * @param entries until the day, those by which balances were taken over among them
 */
export function bankStatement(date: string, lines: readonly StatementLine[], entries: readonly BookEntry[]): BankStatement {
  const serials = new Set(lines.map((line) => line.serial))
  const settlement = settlementsOf(lines)
  const booked = new Map<string, number>()
  const bookOnly: StatementItem[] = []
  let takenFen = 0
  for (const entry of entries) {
    const { cause, causeRef, fen, memo } = entry
    if (cause === 'opened' || cause === 'opening-reversed') {
      takenFen += fen
      continue
    }
    const serial = memo !== null && serials.has(memo) ? memo : settlement(entry)
    if (serial === undefined) bookOnly.push({ date: entry.date, reference: cause === 'settled' ? causeRef : (memo ?? causeRef), fen, text: cause })
    else booked.set(serial, (booked.get(serial) ?? 0) + fen)
  }
  const bankOnly = bankOnlyOf(lines, booked)
  const [firstDay, lastDay] = [lines[0]?.date, lines.at(-1)?.date]
  const beforeFen = endsOf(lines.filter((line) => line.date === firstDay)).beforeFen ?? 0
  const bankFen = endsOf(lines.filter((line) => line.date === lastDay)).afterFen ?? beforeFen + sum(lines)
  const bookFen = sum(entries)
  const adjustedBankFen = bankFen + sum(bookOnly)
  const adjustedBookFen = bookFen + sum(bankOnly)
  return {
    date, bankFen, bookFen, openingFen: beforeFen - takenFen, missingFen: bankFen - beforeFen - sum(lines), bankOnly, bookOnly, adjustedBankFen, adjustedBookFen,
    leftFen: adjustedBankFen - adjustedBookFen,
  }
}
