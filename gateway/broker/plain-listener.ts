import { type Server, type Socket, createServer } from 'node:net'
import { gatewayError } from '../errors.js'
import type { ArrivalGate, Stranger } from './arrival-gate.js'

export interface PlainListenerDeps {
  /** An address of the estate's own network. */
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly gate: ArrivalGate
  readonly onConnection: (socket: Socket, stranger: Stranger) => void
}

export interface PlainListener {
  /** Resolves with the port once connections are taken. @throws AppError GW_LISTEN */
  start(): Promise<number>
  stop(): Promise<void>
}

/** For face terminals that cannot do TLS, on the estate's own network only: who connects here must log in. */
export function createPlainListener(deps: PlainListenerDeps): PlainListener {
  const { host, port, gate } = deps
  const sockets = new Set<Socket>()
  let server: Server | undefined
  return {
    start: () => new Promise((resolve, reject) => {
      const made = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
        socket.on('error', () => socket.destroy())
        gate.arrive(socket, (stranger) => {
          stranger.greeted()
          deps.onConnection(socket, stranger)
        })
      })
      made.once('error', (cause) => reject(gatewayError('GW_LISTEN', { what: 'terminals', host, port }, cause)))
      made.listen(port, host, () => {
        server = made
        resolve((made.address() as { port: number }).port)
      })
    }),
    stop: () => new Promise((resolve) => {
      if (server === undefined) return resolve()
      server.close(() => resolve())
      server = undefined
      for (const socket of sockets) socket.destroy()
    }),
  }
}
