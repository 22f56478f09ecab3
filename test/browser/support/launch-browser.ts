import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { packagedChromium } from './packaged-chromium.js'

const SYSTEM_CHROMIUM = '/usr/bin/chromium'

/** No look-ups of its own: the browser talks to the page's server and to nobody else. */
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

/**
 * A headless Chromium, the same everywhere: the one in an npm package, a third of whose processor time a system's whole
 * browser takes for the same pages. The package is built for x64 Linux; elsewhere the system's is taken. The caller closes it.
 * @param args more of the browser's own switches
 * @throws Error where there is neither
 */
export async function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  if (process.platform === 'linux' && process.arch === 'x64') {
    const { executablePath, libraries } = await packagedChromium()
    return chromium.launch({ executablePath, args: [...QUIET, ...args], env: { ...process.env, LD_LIBRARY_PATH: libraries } })
  }
  if (!existsSync(SYSTEM_CHROMIUM)) throw new Error(`the browser tests need ${SYSTEM_CHROMIUM} on ${process.platform} ${process.arch}: install Chromium`)
  return chromium.launch({ executablePath: SYSTEM_CHROMIUM, args: [...QUIET, ...args] })
}
