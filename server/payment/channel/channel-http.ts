import type { Clock } from '#kernel/clock.js'
import { type Result, err, ok } from '#kernel/result.js'

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

export interface HttpCall {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** A longer answer is cut off and counts as none. */
  readonly bytesMax: number
}

/** One exchange. `error` is for logs: whether the channel carried the call out is not known from it. */
export type ChannelHttp = (call: HttpCall) => Promise<Result<HttpAnswer, string>>

async function bodyOf(response: Response, bytesMax: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > bytesMax) throw new RangeError(`more than ${bytesMax} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Over `fetch`, without redirects. @param deps.timeoutMs from the first byte sent to the last received */
export const createChannelHttp = (deps: { clock: Clock; timeoutMs: number }): ChannelHttp => async ({ method, url, headers, body, bytesMax }) => {
  const aborting = new AbortController()
  const cancel = deps.clock.after(deps.timeoutMs, () => aborting.abort(new Error(`no answer within ${deps.timeoutMs} ms`)))
  try {
    const response = await fetch(url, { method, headers, redirect: 'error', signal: aborting.signal, ...(body === undefined ? {} : { body }) })
    return ok({ status: response.status, headers: response.headers, body: await bodyOf(response, bytesMax) })
  } catch (error) {
    const { message, cause } = error as Error
    return err(cause instanceof Error ? `${message}: ${cause.message}` : message)
  } finally {
    cancel()
  }
}
