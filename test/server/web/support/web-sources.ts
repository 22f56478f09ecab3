import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SFCDescriptor, parse } from 'vue/compiler-sfc'

export const WEB = fileURLToPath(new URL('../../../../server/web/', import.meta.url))

export interface WebFile {
  /** Path from the folder of the pages, with slashes. */
  readonly path: string
  readonly text: string
}

const walk = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]))

/** Files under a folder with one of the endings. */
export const filesIn = (folder: string, ...endings: string[]): WebFile[] =>
  walk(folder).filter((path) => endings.some((ending) => path.endsWith(ending)) && !path.endsWith('.d.ts'))
    .map((path) => ({ path: relative(folder, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }))

/** Files of the server's pages with one of the endings. */
export const webFiles = (...endings: string[]): WebFile[] => filesIn(WEB, ...endings)

export function descriptorOf(file: WebFile): SFCDescriptor {
  const { descriptor, errors } = parse(file.text, { filename: file.path })
  if (errors.length > 0) throw errors[0]
  return descriptor
}

interface TemplateNode {
  readonly type: number
  readonly content?: string | { readonly content: string }
  readonly name?: string
  readonly value?: { readonly content: string } | undefined
  readonly exp?: { readonly content: string } | undefined
  readonly props?: readonly TemplateNode[]
  readonly children?: readonly TemplateNode[]
  readonly tag?: string
}

/** Kinds of node of Vue's template tree. */
export const NODE = { element: 1, text: 2, interpolation: 5, attribute: 6, directive: 7 } as const

/** Every node of a component's template. */
export function templateNodes(file: WebFile): TemplateNode[] {
  const found: TemplateNode[] = []
  const visit = (node: TemplateNode): void => {
    found.push(node)
    for (const prop of node.props ?? []) found.push(prop)
    for (const child of node.children ?? []) visit(child)
  }
  const root = descriptorOf(file).template?.ast as unknown as TemplateNode | undefined
  if (root !== undefined) visit(root)
  return found
}

/** Source without comments: those may quote laws in any language. */
export const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|(^|[\s;])\/\/.*$/gm, '$1')
