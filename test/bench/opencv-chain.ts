import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../../gateway/package-root.js'

/** Python interpreters that may have OpenCV: the one on the path, and the system's, which packages of the system serve. */
const PYTHONS = ['python3', '/usr/bin/python3']

export interface OpenCvChain {
  readonly version: string
  /** Runs the chain on a JPEG file; milliseconds are of its own clock. */
  run(file: string): Promise<{ ms: number; embedding: number[] }>
  close(): void
}

/** One process with a line protocol (see opencv-chain.py). Says why where there is none. */
export async function openOpenCvChain(models: string, manifest: string): Promise<OpenCvChain | { readonly absent: string }> {
  const reasons: string[] = []
  for (const python of PYTHONS) {
    const opened = await tryPython(python, models, manifest)
    if (!('absent' in opened)) return opened
    reasons.push(`${python}: ${opened.absent}`)
  }
  return { absent: `not present (${reasons.join('; ')}); Debian has it as python3-opencv` }
}

async function tryPython(python: string, models: string, manifest: string): Promise<OpenCvChain | { readonly absent: string }> {
  const child = spawn(python, [join(packageRoot(), 'test', 'bench', 'opencv-chain.py')], { stdio: ['pipe', 'pipe', 'pipe'] })
  const answers: Array<(answer: Record<string, unknown>) => void> = []
  let stderr = ''
  const failAll = (error: string): void => answers.splice(0).forEach((answer) => answer({ error }))
  child.stderr.on('data', (part: Buffer) => { stderr = (stderr + part.toString()).slice(-2_000) })
  child.stdin.on('error', () => failAll('its input is closed'))
  child.on('error', (error) => failAll(error.message))
  child.on('close', (code) => failAll(stderr.trim().split('\n').at(-1) ?? `ended with ${code}`))
  createInterface({ input: child.stdout }).on('line', (line) => answers.shift()?.(JSON.parse(line) as Record<string, unknown>))
  const ask = (order: object): Promise<Record<string, unknown>> => new Promise((resolve) => {
    answers.push(resolve)
    child.stdin.write(`${JSON.stringify(order)}\n`)
  })
  const opened = await ask({ models, manifest })
  if (typeof opened['error'] === 'string') {
    child.kill()
    return { absent: opened['error'] }
  }
  return {
    version: String(opened['opencv']),
    async run(frame) {
      const answer = await ask({ frame })
      if (typeof answer['error'] === 'string') throw new Error(answer['error'])
      return answer as { ms: number; embedding: number[] }
    },
    close: () => child.stdin.end(),
  }
}
