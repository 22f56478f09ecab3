import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CODE_FOLDERS = ['gateway', 'server', 'firmware-sim', 'models', 'prisma']

export interface SourceFunction {
  readonly name: string
  readonly lines: number
}

export interface SourceFile {
  /** Path from the repository's root, with slashes. */
  readonly path: string
  readonly text: string
  readonly lines: number
  /** Module specifiers as written; type-only ones apart. */
  readonly imports: readonly string[]
  readonly typeImports: readonly string[]
  readonly functions: readonly SourceFunction[]
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value

function* descendants(node: Node): Generator<Node> {
  yield node
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) { if (isNode(item)) yield* descendants(item) }
    else if (isNode(value)) yield* descendants(value)
  }
}

/** The scripts of a single-file component; other files whole. */
function scriptOf(path: string, text: string): string {
  if (!path.endsWith('.vue')) return text
  return [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n')
}

/** True where an import leaves nothing at run time. */
function isTypeOnly(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true
  const specifiers = (node['specifiers'] ?? []) as Node[]
  return specifiers.length > 0 && specifiers.every((specifier) => specifier['importKind'] === 'type')
}

function parse(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const code = scriptOf(path, text)
  const program = parseAst(code, { lang: 'ts' }, path) as unknown as Node
  const imports: string[] = []
  const typeImports: string[] = []
  const functions: SourceFunction[] = []
  const lineCount = (node: Node): number => code.slice(node.start, node.end).split('\n').length
  for (const node of descendants(program)) {
    const source = node['source']
    if (isNode(source) && typeof source['value'] === 'string') (isTypeOnly(node) ? typeImports : imports).push(source['value'])
    if (/Function(Declaration|Expression)$/.test(node.type) && isNode(node['body'])) {
      const id = node['id']
      functions.push({ name: isNode(id) ? String(id['name']) : '(anonymous)', lines: lineCount(node) })
    }
  }
  return { path, text, lines: text.split('\n').length - 1, imports, typeImports, functions }
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (entry.name !== 'generated' && entry.name !== 'node_modules') yield* walk(path)
    } else if (/\.(ts|mjs|vue)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) yield path
  }
}

export const sourceFiles = (folders: readonly string[] = CODE_FOLDERS): SourceFile[] =>
  folders.flatMap((folder) => [...walk(folder)].map(parse))

/** Where a specifier leads: a path of ours, or the bare name of a package or of a `node:` module. */
export function target(from: string, specifier: string): string {
  if (specifier.startsWith('#contract/')) return ours(`gateway/contract/${specifier.slice('#contract/'.length)}`)
  if (specifier.startsWith('#kernel/')) return ours(`gateway/kernel/${specifier.slice('#kernel/'.length)}`)
  if (specifier.startsWith('.')) return ours(normalize(join(dirname(from), specifier)))
  return specifier
}

const ours = (path: string): string => path.replace(/\.js$/, '.ts')

/** Packages of a specifier: `@scope/name/deep` → `@scope/name`. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}

/** Everything that `start` reaches through run-time imports of ours, each with the chain that leads there. */
export function reach(files: ReadonlyMap<string, SourceFile>, start: string): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  const queue: Array<readonly string[]> = [[start]]
  for (let chain = queue.shift(); chain !== undefined; chain = queue.shift()) {
    const here = files.get(chain.at(-1) as string)
    for (const specifier of here?.imports ?? []) {
      const next = target((here as SourceFile).path, specifier)
      if (found.has(next)) continue
      const nextChain = [...chain, next]
      found.set(next, nextChain)
      if (files.has(next)) queue.push(nextChain)
    }
  }
  return found
}
