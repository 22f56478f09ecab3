import { ApiFailure, failureOf } from './failure.js'

export type Query = Readonly<Record<string, string | number | null | undefined>>

export interface ClientDeps {
  readonly fetch: typeof fetch
  readonly nowMs: () => number
  /** The session ended: called for every 401 but that of a login. */
  readonly onSignedOut: () => void
}

/** A file as the server names it. */
export interface Download {
  readonly name: string
  readonly file: Blob
}

export interface HttpClient {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T>
  /** Posts a file as it is. */
  upload<T>(path: string, file: Blob, contentType: string): Promise<T>
  /** POSTs bytes as they are. */
  sendBytes<T>(path: string, query: Query, bytes: Blob): Promise<T>
  /** Posts a question whose answer is a file. */
  download(path: string, body: unknown): Promise<Download>
  /** The server's time, from the `Date` of its latest answer: ages stay right where this machine's clock is wrong. */
  serverNowMs(): number
}

/** `/api/x?a=1`: without entries that are null, undefined or empty. */
export function withQuery(path: string, query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value))
  }
  const text = params.toString()
  return text === '' ? path : `${path}?${text}`
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  const text = await response.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (!response.ok) return undefined
    throw new ApiFailure('unexpected', `HTTP ${response.status}`, null, null, cause)
  }
}

/** JSON over same-origin HTTP. Rejects with `ApiFailure` only, or the signal's abort. */
export function createHttpClient(deps: ClientDeps): HttpClient {
  let offsetMs = 0

  const learnClock = (response: Response): void => {
    const serverMs = Date.parse(response.headers.get('date') ?? '')
    // The header has whole seconds: below two seconds there is nothing to correct.
    if (Number.isFinite(serverMs)) offsetMs = Math.abs(serverMs - deps.nowMs()) < 2_000 ? 0 : serverMs - deps.nowMs()
  }

  async function ask(url: string, init: RequestInit): Promise<Response> {
    try {
      const response = await deps.fetch(url, { credentials: 'same-origin', ...init })
      learnClock(response)
      return response
    } catch (cause) {
      if (init.signal?.aborted === true) throw cause
      throw new ApiFailure('offline', '', null, null, cause)
    }
  }

  async function refuse(url: string, response: Response, body: unknown): Promise<never> {
    if (response.status === 401 && !url.startsWith('/api/auth/')) deps.onSignedOut()
    throw failureOf(response.status, body, response.headers.get('retry-after'))
  }

  async function call<T>(url: string, init: RequestInit): Promise<T> {
    const response = await ask(url, init)
    const body = await bodyOf(response)
    return response.ok ? body as T : refuse(url, response, body)
  }

  return {
    get: (path, query, signal) => call(withQuery(path, query), { headers: { accept: 'application/json' }, ...(signal === undefined ? {} : { signal }) }),
    send: (method, path, body) => call(path, {
      method,
      // Only script of this origin can set it: a foreign page's form cannot.
      headers: { accept: 'application/json', 'x-requested-with': 'smart-estates', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    sendBytes: (path, query, bytes) => call(withQuery(path, query), {
      method: 'POST', headers: { accept: 'application/json', 'x-requested-with': 'smart-estates', 'content-type': 'application/octet-stream' }, body: bytes,
    }),
    upload: (path, file, contentType) => call(path, {
      method: 'POST', headers: { accept: 'application/json', 'x-requested-with': 'smart-estates', 'content-type': contentType }, body: file,
    }),
    async download(path, body) {
      const response = await ask(path, {
        method: 'POST', headers: { 'x-requested-with': 'smart-estates', 'content-type': 'application/json' }, body: JSON.stringify(body),
      })
      if (!response.ok) return refuse(path, response, await bodyOf(response))
      const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'download'
      // A connection that breaks half way is no file.
      return { name, file: await response.blob().catch((cause: unknown) => { throw new ApiFailure('offline', '', null, null, cause) }) }
    },
    serverNowMs: () => deps.nowMs() + offsetMs,
  }
}
