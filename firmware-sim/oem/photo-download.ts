import { get as httpGet } from 'node:http'
import { get as httpsGet } from 'node:https'
import { type Result, err, ok } from '#kernel/result.js'

/** Error codes of the field list, spec v1.25: name not resolved, download failed, nothing there, too large. */
const DNS = 464
const FAILED = 465
const EMPTY = 466
const TOO_LARGE = 467

const BYTES_MAX = 1_048_576
const BYTES_MIN = 1_000
const TIMEOUT_MS = 10_000

/** Fetches a photo as terminals do: one GET, no redirects, no check of the certificate. The error is the terminal's own code. */
export function downloadPhoto(url: string): Promise<Result<Uint8Array, number>> {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet
    let request: ReturnType<typeof httpGet>
    try {
      request = get(url, { timeout: TIMEOUT_MS, rejectUnauthorized: false, agent: false }, (answer) => {
        if (answer.statusCode !== 200) {
          answer.resume()
          return resolve(err(FAILED))
        }
        const parts: Buffer[] = []
        let bytes = 0
        answer.on('data', (part: Buffer) => {
          bytes += part.length
          if (bytes > BYTES_MAX) {
            answer.destroy()
            resolve(err(TOO_LARGE))
          } else parts.push(part)
        })
        answer.on('end', () => resolve(bytes < BYTES_MIN ? err(EMPTY) : ok(Buffer.concat(parts))))
        answer.on('error', () => resolve(err(FAILED)))
      })
    } catch {
      return resolve(err(FAILED))
    }
    request.on('timeout', () => request.destroy())
    request.on('error', (error: NodeJS.ErrnoException) => resolve(err(error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN' ? DNS : FAILED)))
  })
}
