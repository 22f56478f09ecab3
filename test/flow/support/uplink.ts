import { type Server, type Socket, connect, createServer } from 'node:net'
import { once } from 'node:events'

/** A line between gateway and server that can be cut: a TCP relay on loopback. */
export interface Uplink {
  readonly port: number
  /** Ends all connections and refuses new ones. */
  cut(): void
  restore(): void
  /** Where a restarted server listens. */
  redirect(port: number): void
  close(): Promise<void>
}

export async function createUplink(serverPort: number): Promise<Uplink> {
  let target = serverPort
  let isCut = false
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
  }
  const relay: Server = createServer((near) => {
    keep(near)
    if (isCut) return void near.destroy()
    const far = keep(connect(target, '127.0.0.1'))
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  return {
    port: (relay.address() as { port: number }).port,
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    restore() { isCut = false },
    redirect(port) { target = port },
    async close() {
      for (const socket of sockets) socket.destroy()
      relay.close()
      await once(relay, 'close')
    },
  }
}
