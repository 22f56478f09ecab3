const QUOTE = 0x22
const BACKSLASH = 0x5c
/** A text that is longer is no name, id or address: it is a picture. */
const TEXT_BYTES_MAX = 2_048
const EMPTY = Buffer.from('""')

/** Index of the quote that ends the text opened at `from`, or -1. */
function endOfText(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from + 1); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return at
  }
  return -1
}

/**
 * JSON text with every long text replaced by an empty one, before it is parsed: a picture in a message is never held
 * as text, and nothing behind this can store, log or send it. What is not JSON comes back as it was, up to where it broke.
 */
export function withoutPictures(bytes: Buffer): Buffer {
  const kept: Buffer[] = []
  let from = 0
  for (let open = bytes.indexOf(QUOTE); open !== -1;) {
    const close = endOfText(bytes, open)
    if (close === -1) {
      kept.push(bytes.subarray(from, open))
      return Buffer.concat(kept)
    }
    if (close - open - 1 > TEXT_BYTES_MAX) {
      kept.push(bytes.subarray(from, open), EMPTY)
      from = close + 1
    }
    open = bytes.indexOf(QUOTE, close + 1)
  }
  return from === 0 ? bytes : Buffer.concat([...kept, bytes.subarray(from)])
}
