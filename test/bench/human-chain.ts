import { createServer, type Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import sharp from 'sharp'

/** The few members of the package that are used; its own types want a browser. */
interface HumanLibrary {
  tf: { tensor(values: Uint8Array, shape: number[], type: 'int32'): unknown; dispose(tensor: unknown): void; getBackend(): string }
  load(): Promise<void>
  warmup(): Promise<unknown>
  detect(input: unknown): Promise<{ face: ReadonlyArray<{ embedding?: readonly number[]; live?: number; real?: number }> }>
}
type HumanModule = { default: new (config: object) => HumanLibrary }

export interface HumanChain {
  readonly backend: string
  /** Faces found, each with its embedding. @throws where there is none */
  run(jpeg: Uint8Array): Promise<readonly number[]>
  close(): Promise<void>
}

/** Serves the package's own weights: without tfjs-node it loads them over HTTP only. */
async function serveFolder(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    void readFile(join(folder, basename(new URL(request.url ?? '/', 'http://x').pathname)))
      .then((bytes) => response.end(bytes), () => response.writeHead(404).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** `@vladmandic/human` on tfjs-wasm: detector, mesh, description, anti-spoofing and liveness. Says why where it is absent. */
export async function openHumanChain(): Promise<HumanChain | { readonly absent: string }> {
  const require = createRequire(import.meta.url)
  try {
    // The package exports its entry for tfjs-node only; the one for wasm lies beside it.
    const distFolder = dirname(require.resolve('@vladmandic/human'))
    const wasmFolder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))
    const { default: Human } = require(join(distFolder, 'human.node-wasm.js')) as HumanModule
    const server = await serveFolder(join(distFolder, '..', 'models'))
    const human = new Human({
      backend: 'wasm', wasmPath: `${wasmFolder}/`, wasmPlatformFetch: false, debug: false, async: false, cacheSensitivity: 0, filter: { enabled: false },
      modelBasePath: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      face: { enabled: true, detector: { maxDetected: 1, rotation: false }, mesh: { enabled: true }, description: { enabled: true }, antispoof: { enabled: true }, liveness: { enabled: true }, iris: { enabled: false }, emotion: { enabled: false } },
      body: { enabled: false }, hand: { enabled: false }, object: { enabled: false }, gesture: { enabled: false },
    })
    await human.load()
    return {
      backend: human.tf.getBackend(),
      async run(jpeg) {
        const { data, info } = await sharp(jpeg).removeAlpha().raw().toBuffer({ resolveWithObject: true })
        const tensor = human.tf.tensor(data, [1, info.height, info.width, 3], 'int32')
        const { face } = await human.detect(tensor)
        human.tf.dispose(tensor)
        if (face[0]?.embedding === undefined) throw new Error('no face found')
        return face[0].embedding
      },
      close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections() }),
    }
  } catch (error) {
    return { absent: `not present: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}` }
  }
}
