import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtWeb } from './support/built-web.js'
import { type Rig, startRig } from './support/manager-rig.js'

const SCRIPT_GZIP_BYTES_MAX = 300_000
const FIRST_PAGE_MS_MAX = 1_500

let root = ''
let rig: Rig
beforeAll(async () => {
  root = await builtWeb()
  rig = await startRig()
})
afterAll(() => rig.stop())

const assets = (ending: string): Array<{ name: string; gzipBytes: number }> =>
  readdirSync(join(root, 'assets')).filter((name) => name.endsWith(ending))
    .map((name) => ({ name, gzipBytes: gzipSync(readFileSync(join(root, 'assets', name))).length }))
const sum = (files: ReadonlyArray<{ gzipBytes: number }>): number => files.reduce((total, file) => total + file.gzipBytes, 0)

describe('the built page', () => {
  it(`is at most ${SCRIPT_GZIP_BYTES_MAX} bytes of script, all pages together, compressed`, () => {
    const scripts = assets('.js')
    const styles = assets('.css')
    console.log(`script ${sum(scripts)} B in ${scripts.length} files, style ${sum(styles)} B, gzip`)
    expect(sum(scripts)).toBeLessThanOrEqual(SCRIPT_GZIP_BYTES_MAX)
  })

  it('holds no inline script or style and names no other host', () => {
    const html = readFileSync(join(root, 'index.html'), 'utf8')
    expect(html).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\son\w+=|javascript:|https?:\/\//)
    expect(html.match(/(src|href)="[^"]*"/g)?.every((link) => /="\/[^/]/.test(link))).toBe(true)
  })

  it('brings the libraries as they are meant for service', () => {
    const all = readdirSync(join(root, 'assets')).filter((name) => name.endsWith('.js')).map((name) => readFileSync(join(root, 'assets', name), 'utf8')).join('')
    expect(all).not.toContain('Extraneous non-props attributes')
  })

  it('loads nothing from elsewhere and nothing that fails', async () => {
    const visitor = await rig.visit()
    const foreign: string[] = []
    visitor.page.on('request', (request) => { if (!request.url().startsWith(rig.server.origin)) foreign.push(request.url()) })
    visitor.page.on('requestfailed', (request) => foreign.push(`failed: ${request.url()}`))
    await visitor.open('/login')
    await visitor.login('manager', 'correct horse')
    for (const section of ['log', 'people', 'integrity', 'now'] as const) await visitor.goTo(section)
    // The event stream of a page that was left is closed by the browser: no failure.
    expect(foreign.filter((line) => !line.includes('/api/live'))).toEqual([])
    expect(visitor.complaints).toEqual([])
  })

  it(`can be used within ${FIRST_PAGE_MS_MAX} ms of being asked for`, async () => {
    const { page, open, rows, find } = await rig.manager()
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      await open('/manager?fresh')
      await Promise.all([rows().first().waitFor(), find('gate-gate-1-1').waitFor()])
      times.push(Math.round(await page.evaluate(() => performance.now())))
    }
    console.log(`first page usable after ${times.join(', ')} ms`)
    expect(Math.min(...times)).toBeLessThanOrEqual(FIRST_PAGE_MS_MAX)
  })
})
