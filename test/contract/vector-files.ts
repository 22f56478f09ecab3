import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('./vectors/', import.meta.url))

/** How a vector differs from the file's first valid value: by paths set or dropped, or by its own text. */
export interface Change {
  readonly name: string
  readonly set?: Readonly<Record<string, unknown>>
  readonly drop?: readonly string[]
  readonly text?: string
}

export interface VectorFile {
  readonly valid: ReadonlyArray<Change & { readonly value?: unknown }>
  /** `error` is the whole sentence that the sender is told. */
  readonly invalid: ReadonlyArray<Change & { readonly error: string }>
}

export interface FrameVectorFile {
  readonly valid: ReadonlyArray<{ name: string; header: unknown; image: string; hex: string }>
  readonly invalid: ReadonlyArray<{ name: string; hex?: string; fill?: { hex: string; byte: string; count: number }; error: string }>
}

/** As the first contract had them. They never change: devices, gateways and servers of that time are out there. */
const FROZEN = fileURLToPath(new URL('./frozen-v1/', import.meta.url))
export const frozenNames = (): string[] => readdirSync(FROZEN).map((name) => name.replace(/\.json$/, '')).sort()
export const readFrozen = <File = VectorFile>(name: string): File => JSON.parse(readFileSync(`${FROZEN}${name}.json`, 'utf8')) as File

export const vectorNames = (): string[] => readdirSync(FOLDER).map((name) => name.replace(/\.json$/, '')).sort()
export const readVectors = <File = VectorFile>(name: string): File => JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8')) as File

function parentOf(root: unknown, path: string): [Record<string, unknown>, string] {
  const keys = path.split('.')
  const last = keys.pop() as string
  return [keys.reduce((at, key) => at[key] as Record<string, unknown>, root as Record<string, unknown>), last]
}

/** The JSON text of a vector. */
export function textOf(file: VectorFile, change: VectorFile['valid'][number]): string {
  if (change.text !== undefined) return change.text
  const value = structuredClone(change.value ?? file.valid[0]?.value)
  for (const path of change.drop ?? []) {
    const [at, key] = parentOf(value, path)
    delete at[key]
  }
  for (const [path, wanted] of Object.entries(change.set ?? {})) {
    const [at, key] = parentOf(value, path)
    at[key] = wanted
  }
  return JSON.stringify(value)
}
