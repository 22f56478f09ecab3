/**
 * Filters the planes of a tensor in place: each value is moved away from the mean of its 3×3 neighbourhood (weights 1 2 1 in both directions)
 * by `amount` times its distance from it. Edge values continue outside.
 */
export function createSharpener({ width, height }: { width: number; height: number }, amount: number): (tensor: Float32Array) => void {
  /** The row above as it was. */
  const above = new Float32Array(width)
  const own = 1 + amount
  const others = amount / 16

  /** `left`, `here` and `right` are sums of 1 2 1 down three columns, in float32 as the values themselves. */
  const filterRow = (tensor: Float32Array, from: number, toBelow: number): void => {
    let value = tensor[from] as number
    let here = Math.fround((above[0] as number) + 2 * value + (tensor[from + toBelow] as number))
    let left = here
    for (let x = 0; x < width - 1; x++) {
      const at = from + x
      const next = tensor[at + 1] as number
      const right = Math.fround((above[x + 1] as number) + 2 * next + (tensor[at + 1 + toBelow] as number))
      above[x] = value
      tensor[at] = own * value - others * (left + 2 * here + right)
      left = here
      here = right
      value = next
    }
    above[width - 1] = value
    tensor[from + width - 1] = own * value - others * (left + 2 * here + here)
  }
  return (tensor) => {
    for (let plane = 0; plane < tensor.length; plane += width * height) {
      above.set(tensor.subarray(plane, plane + width))
      for (let row = 0; row < height; row++) filterRow(tensor, plane + row * width, row + 1 < height ? width : 0)
    }
  }
}

/** Turns every row of a tensor round: the mirror image. */
export function mirrorRows(tensor: Float32Array, width: number): void {
  for (let from = 0; from < tensor.length; from += width) tensor.subarray(from, from + width).reverse()
}
