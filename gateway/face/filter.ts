/**
 * Filters the planes of a tensor in place: each value is moved away from the mean of its 3×3 neighbourhood (weights 1 2 1 in both directions)
 * by `amount` times its distance from it. Edge values continue outside.
 */
export function createSharpener({ width, height }: { width: number; height: number }, amount: number): (tensor: Float32Array) => void {
  /** Sums of 1 2 1 down the columns, with one value more at either end; and the row above as it was. */
  const sums = new Float32Array(width + 2)
  const above = new Float32Array(width)
  const own = 1 + amount
  const others = amount / 16

  const filterPlane = (plane: Float32Array): void => {
    above.set(plane.subarray(0, width))
    for (let row = 0; row < height; row++) {
      const from = row * width
      const below = row + 1 < height ? from + width : from
      for (let x = 0; x < width; x++) {
        const value = plane[from + x] as number
        sums[x + 1] = (above[x] as number) + 2 * value + (plane[below + x] as number)
        above[x] = value
      }
      sums[0] = sums[1] as number
      sums[width + 1] = sums[width] as number
      for (let x = 0; x < width; x++) {
        plane[from + x] = own * (above[x] as number) - others * ((sums[x] as number) + 2 * (sums[x + 1] as number) + (sums[x + 2] as number))
      }
    }
  }
  return (tensor) => {
    for (let from = 0; from < tensor.length; from += width * height) filterPlane(tensor.subarray(from, from + width * height))
  }
}

/** Turns every row of a tensor round: the mirror image. */
export function mirrorRows(tensor: Float32Array, width: number): void {
  for (let from = 0; from < tensor.length; from += width) tensor.subarray(from, from + width).reverse()
}
