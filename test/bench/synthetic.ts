/** A direction of no preference, of length one: the sum of four uniform values is near enough to a Gaussian. */
export function gaussianUnit(random: () => number, out: Float32Array): Float32Array {
  let squares = 0
  for (let i = 0; i < out.length; i++) {
    const value = random() + random() + random() + random() - 2
    out[i] = value
    squares += value * value
  }
  const scale = 1 / Math.sqrt(squares)
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) * scale
  return out
}
