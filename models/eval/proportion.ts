/**
 * Upper end of the two-sided 95 % interval of a proportion, exact; with no case among `tries` about 3.7 / tries.
 * @see Clopper & Pearson, Biometrika 26, 1934
 */
export function upperBound(cases: number, tries: number): number {
  if (tries === 0 || cases >= tries) return 1
  let [low, high] = [cases / tries, 1]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (atMost(cases, tries, middle) > 0.025) low = middle
    else high = middle
  }
  return high
}

/** Probability of at most `cases` of `tries` where each has probability `p`. */
function atMost(cases: number, tries: number, p: number): number {
  let logTerm = tries * Math.log1p(-p)
  let sum = Math.exp(logTerm)
  for (let i = 1; i <= cases; i++) {
    logTerm += Math.log(tries - i + 1) - Math.log(i) + Math.log(p) - Math.log1p(-p)
    sum += Math.exp(logTerm)
  }
  return sum
}
