/** Runs pieces of work one at a time, in the order they were handed in. One that fails does not stop the next. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>

/** A queue of its own: two of them do not wait for each other. Work must not hand work to its own queue and await it. */
export function createExclusive(): Exclusive {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
