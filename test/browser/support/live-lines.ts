import type { ServerResponse } from 'node:http'

/** Open server-sent-event lines of the stand-in. */
export function createLiveLines() {
  const lines = new Map<ServerResponse, string | null>()
  return {
    add(response: ServerResponse, estateId: string | null): void {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
      response.write(': open\n\n')
      lines.set(response, estateId)
      response.on('close', () => lines.delete(response))
    },
    /** Tells everyone who listens to that estate. */
    send<Payload extends { readonly estateId: string }>(kind: string, payload: Payload): void {
      for (const [line, estateId] of lines) {
        if (estateId === null || estateId === payload.estateId) line.write(`event: ${kind}\ndata: ${JSON.stringify(payload)}\n\n`)
      }
    },
    /** What a server does to a client that reads too slowly. */
    overflow(): void {
      for (const line of lines.keys()) line.end('event: overflow\ndata: {}\n\n')
      lines.clear()
    },
    /** A line that breaks. */
    cut(): void {
      for (const line of lines.keys()) line.destroy()
      lines.clear()
    },
    count: (): number => lines.size,
  }
}

export type LiveLines = ReturnType<typeof createLiveLines>
