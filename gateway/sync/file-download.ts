import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { type RequestOptions, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { Clock } from '#kernel/clock.js'
import { type Result, err, ok } from '#kernel/result.js'
import type { ServerCallError } from './server-client.js'

/** What came: how long it is, and the SHA-256 of all of it, hex. */
export interface Downloaded {
  readonly bytes: number
  readonly sha256: string
}

type Answer = Result<Downloaded, ServerCallError>
const unreachable = (error: unknown): Answer => err({ kind: 'unreachable', message: error instanceof Error ? error.message : String(error) })

/** The answer, once its head is there. */
function answerTo(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, resolve)
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/**
 * Writes the body of an answer to a new file, durable once it resolves. One that is longer than expected is cut off.
 * Never throws for what the network does. @throws what the disk throws
 * @param how.silenceMs without a byte for so long it is given up
 */
export async function downloadTo(path: string, url: URL, options: RequestOptions, how: { bytesMax: number; silenceMs: number; clock: Clock }): Promise<Answer> {
  const { bytesMax, silenceMs, clock } = how
  const silence = new AbortController()
  const patience = (): (() => void) => clock.after(silenceMs, () => silence.abort(new Error(`no byte within ${silenceMs} ms`)))
  let cancel = patience()
  const signal = options.signal === undefined ? silence.signal : AbortSignal.any([options.signal, silence.signal])
  let answer: IncomingMessage
  try {
    answer = await answerTo(url, { ...options, signal })
  } catch (error) {
    cancel()
    return unreachable(error)
  }
  const status = answer.statusCode ?? 0
  if (status !== 200) {
    cancel()
    answer.destroy()
    return err({ kind: 'refused', status, code: 'UNKNOWN', message: `status ${status} instead of the file` })
  }
  const file = await open(path, 'w', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  try {
    const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    for (;;) {
      // What the network does is an answer; what the disk does is a failure.
      const next = await chunks.next().catch((error: unknown) => ({ error }))
      if ('error' in next) return unreachable(next.error)
      if (next.done === true) break
      cancel()
      cancel = patience()
      bytes += next.value.length
      if (bytes > bytesMax) return err({ kind: 'invalid', message: `longer than ${bytesMax} bytes` })
      hash.update(next.value)
      await file.write(next.value)
    }
    await file.sync()
    return ok({ bytes, sha256: hash.digest('hex') })
  } finally {
    cancel()
    answer.destroy()
    await file.close()
  }
}
