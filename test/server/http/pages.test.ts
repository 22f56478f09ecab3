import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { App } from '../../../server/http/app-types.js'
import { errorHandler } from '../../../server/http/error-handler.js'
import { pageRoutes } from '../../../server/http/page-routes.js'
import { tempFolder } from '../support/temp-database.js'

/** The two builds, each with a page and a file whose name carries a hash. */
async function built() {
  const folder = await tempFolder()
  const folders = { staff: join(folder, 'web'), residents: join(folder, 'resident') }
  for (const [name, assets] of [['staff', 'assets'], ['residents', 'my']] as const) {
    await mkdir(join(folders[name], assets), { recursive: true })
    await writeFile(join(folders[name], 'index.html'), name)
    await writeFile(join(folders[name], `${assets}/a-1b2c.js`), `${name} script`)
    await writeFile(join(folders[name], 'favicon.svg'), `${name} sign`)
  }
  await writeFile(join(folders.residents, 'sw.js'), 'worker')
  const app = Fastify() as unknown as App
  onTestFinished(() => app.close())
  app.setErrorHandler(errorHandler)
  await pageRoutes(app, folders)
  return async (url: string) => {
    const { statusCode, body, headers } = await app.inject({ url })
    return [statusCode, statusCode === 200 ? body : '', headers['cache-control']]
  }
}

describe('the pages', () => {
  it('are staff\'s under /manager, /finance and /login, and residents\' under all else', async () => {
    const get = await built()
    for (const url of ['/manager', '/manager/log', '/finance', '/finance/reconcile', '/login']) expect(await get(url), url).toEqual([200, 'staff', 'no-cache'])
    for (const url of ['/', '/bills/1', '/p/abc', '/managers', '/loginx', '/me/looks']) expect(await get(url), url).toEqual([200, 'residents', 'no-cache'])
  })

  it('keep what carries a hash for ever, and ask for the worker anew each time', async () => {
    const get = await built()
    expect(await get('/assets/a-1b2c.js')).toEqual([200, 'staff script', 'public, max-age=31536000, immutable'])
    expect(await get('/my/a-1b2c.js')).toEqual([200, 'residents script', 'public, max-age=31536000, immutable'])
    expect(await get('/sw.js')).toEqual([200, 'worker', 'no-cache'])
    expect((await get('/api/none'))[0]).toBe(404)
  })
})
