import { createHash } from 'node:crypto'
import { appendFile, readFile, truncate } from 'node:fs/promises'
import type { Clock } from '#kernel/clock.js'
import { err, ok } from '#kernel/result.js'
import type { IssuedReceipt, ReceiptPlatform, ReceiptRequest } from './receipt-port.js'

const NUMBER_DIGITS = 10
const CHECK_DIGITS = 6

/** Without the payer: names are kept where they can be erased. */
type Line = Omit<ReceiptRequest, 'payer'> & IssuedReceipt

/**
 * Gives out receipts from a file of its own, a JSON object a line, where no platform is connected: numbers without gaps by batch,
 * one number for one `busNo` however often it is asked for. They are records, not fiscal receipts.
 */
export function createFileReceipts(deps: { path: string; clock: Clock }): ReceiptPlatform {
  const { path, clock } = deps
  let known: Promise<Line[]> | undefined
  const load = async (): Promise<Line[]> => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => { if (error.code === 'ENOENT') return ''; throw error })
    // The last line of a crash may be half of one: its number was given to nobody.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole))
    return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]))
  }
  const issuedOf = ({ billBatchCode, billNo, random, issuedAtMs }: Line): IssuedReceipt => ({ billBatchCode, billNo, random, issuedAtMs })
  return {
    async issue(request) {
      try {
        const lines = await (known ??= load())
        const before = lines.find((line) => line.busNo === request.busNo)
        if (before !== undefined) return ok(issuedOf(before))
        const count = lines.filter((line) => line.billBatchCode === request.billBatchCode).length
        const billNo = String(count + 1).padStart(NUMBER_DIGITS, '0')
        const hash = createHash('sha256').update(`${request.billBatchCode}${billNo}${request.busNo}`).digest().readUInt32BE(0)
        const random = String(hash).slice(-CHECK_DIGITS).padStart(CHECK_DIGITS, '0')
        const { payer: _payer, ...kept } = request
        const line: Line = { ...kept, billNo, random, issuedAtMs: clock.wallMs() }
        await appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true })
        lines.push(line)
        return ok(issuedOf(line))
      } catch (error) {
        known = undefined
        return err({ kind: 'later', problem: error instanceof Error ? error.message : 'the file cannot be written' })
      }
    },
  }
}
