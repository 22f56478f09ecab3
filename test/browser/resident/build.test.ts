import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { builtResident } from '../support/built-web.js'

const SCRIPT_GZIP_BYTES_MAX = 300_000

it('the built page is small, keeps its shell and nothing else, can be installed, and fetches nothing from another host', { timeout: 180_000 }, async () => {
  const root = await builtResident()
  const names = readdirSync(join(root, 'my'))
  const read = (name: string): string => readFileSync(join(root, name), 'utf8')
  const scripts = names.filter((name) => name.endsWith('.js')).map((name) => gzipSync(read(`my/${name}`)).length)
  const bytes = scripts.reduce((sum, each) => sum + each, 0)
  console.log(`all pages of residents: script ${bytes} B in ${scripts.length} files, gzip`)
  expect(bytes).toBeLessThanOrEqual(SCRIPT_GZIP_BYTES_MAX)
  expect(names.filter((name) => name.endsWith('.css')).map((name) => read(`my/${name}`)).filter((text) => /url\(["']?(https?:)?\/\//.test(text))).toEqual([])

  const shell = JSON.parse(/const SHELL = (.*)/.exec(read('sw.js'))?.[1] ?? '[]') as string[]
  expect(shell).toEqual(expect.arrayContaining(['/', '/manifest.webmanifest', ...names.filter((name) => /\.(js|css)$/.test(name)).map((name) => `/my/${name}`)]))
  expect(shell.filter((path) => path.startsWith('/api'))).toEqual([])
  const manifest = JSON.parse(read('manifest.webmanifest')) as { start_url: string; display: string; icons: Array<{ src: string; sizes: string }> }
  expect([manifest.start_url, manifest.display, manifest.icons.map((icon) => icon.sizes)]).toEqual(['/', 'standalone', ['192x192', '512x512']])
  for (const { src } of manifest.icons) expect(readFileSync(join(root, src)).subarray(1, 4).toString()).toBe('PNG')
})
