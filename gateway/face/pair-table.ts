/** Who looks like whom: pairs of persons, each held under both. */
export interface PairTable {
  /** The persons paired with this one. */
  of(personRef: string): ReadonlySet<string>
  /** Replaces all pairs of the person. */
  replace(personRef: string, others: readonly string[]): void
}

const NOBODY: ReadonlySet<string> = new Set()

export function createPairTable(): PairTable {
  const pairs = new Map<string, Set<string>>()
  const link = (from: string, to: string): void => {
    const known = pairs.get(from) ?? new Set()
    pairs.set(from, known.add(to))
  }
  const unlink = (from: string, to: string): void => {
    const known = pairs.get(from)
    known?.delete(to)
    if (known?.size === 0) pairs.delete(from)
  }
  return {
    of: (personRef) => pairs.get(personRef) ?? NOBODY,
    replace(personRef, others) {
      for (const other of pairs.get(personRef) ?? []) unlink(other, personRef)
      pairs.delete(personRef)
      for (const other of others) {
        if (other === personRef) continue
        link(personRef, other)
        link(other, personRef)
      }
    },
  }
}
