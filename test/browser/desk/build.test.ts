import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { builtDesk } from '../support/built-web.js'

const SCRIPT_GZIP_BYTES_MAX = 300_000

describe('the built page of the desk', () => {
  it(`is at most ${SCRIPT_GZIP_BYTES_MAX} bytes of script, compressed`, async () => {
    const assets = join(await builtDesk(), 'assets')
    const bytes = readdirSync(assets).filter((name) => name.endsWith('.js')).reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0)
    console.log(`desk: script ${bytes} B gzip`)
    expect(bytes).toBeLessThanOrEqual(SCRIPT_GZIP_BYTES_MAX)
  })

  it('holds no inline script or style and names no other host', async () => {
    const html = readFileSync(join(await builtDesk(), 'index.html'), 'utf8')
    expect(html).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\son\w+=|javascript:|https?:\/\//)
    expect(html.match(/(src|href)="[^"]*"/g)?.every((link) => /="\/[^/]/.test(link))).toBe(true)
  })
})
