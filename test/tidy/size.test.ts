import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT, sourceFiles } from './source-tree.js'

const FILE_LINES_MAX = 300
const FUNCTION_LINES_MAX = 70
const LINE_CHARS_MAX = 180
/** Files of sentences that people read: a sentence is a line. */
const PROSE = /\/words\/|notice-texts\.ts$/

const TOP_LEVEL = ['gateway', 'server', 'firmware-sim', 'prisma', 'models', 'test', 'package.json', 'package-lock.json', 'tsconfig.json', 'README.md', 'setup.mjs']

describe('shape', () => {
  const code = sourceFiles()

  it('no file over 300 lines', () => {
    const all = [...code, ...sourceFiles(['test'])]
    expect(all.filter((file) => file.lines > FILE_LINES_MAX).map((file) => `${file.path}: ${file.lines}`)).toEqual([])
  })

  it('no function over 70 lines', () => {
    const long = code.flatMap((file) => file.functions.filter((fn) => fn.lines > FUNCTION_LINES_MAX).map((fn) => `${file.path} ${fn.name}: ${fn.lines}`))
    expect(long).toEqual([])
  })

  it('no line over 180 characters', () => {
    const wide = code.filter((file) => !PROSE.test(file.path)).flatMap((file) => file.text.split('\n').flatMap((line, index) => (line.length > LINE_CHARS_MAX ? [`${file.path}:${index + 1}`] : [])))
    expect(wide).toEqual([])
  })

  it('kebab-case file names, no barrels', () => {
    const odd = code.filter((file) => !/^[a-z0-9.-]+\.(ts|mjs|vue)$/.test(file.path.split('/').at(-1) as string) && !file.path.endsWith('.vue'))
    expect(odd.map((file) => file.path)).toEqual([])
    expect(code.filter((file) => file.path.endsWith('/index.ts')).map((file) => file.path)).toEqual([])
  })

  it('nothing at the top level beyond the agreed', (ctx) => {
    if (!existsSync(join(ROOT, '.git'))) return ctx.skip('needs a git checkout to tell committed files from others')
    const tracked = new Set(execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n').filter(Boolean).map((path) => path.split('/')[0] as string))
    const extra = [...tracked].filter((name) => !TOP_LEVEL.includes(name) && !name.startsWith('.') && !/^[a-z-]+\.config\.(ts|js|mjs)$|^tsconfig\.[a-z]+\.json$|^LICENSE$/.test(name))
    expect(extra).toEqual([])
  })

  it('names no machine path and no leftover', () => {
    const words = /\/work\/|\/root\/|\bTODO\b|\bFIXME\b|not implemented/
    expect(code.filter((file) => words.test(file.text)).map((file) => file.path)).toEqual([])
  })
})
