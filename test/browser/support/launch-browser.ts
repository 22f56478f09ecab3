import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const SYSTEM_CHROMIUM = '/usr/bin/chromium'

/** No look-ups of its own: the browser talks to the page's server and to nobody else. */
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

/**
 * A headless Chromium: the system's where it is installed (it has the system's fonts), else the one that comes in
 * an npm package. The caller closes it.
 * @param args more of the browser's own switches
 */
export async function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  if (existsSync(SYSTEM_CHROMIUM)) return chromium.launch({ executablePath: SYSTEM_CHROMIUM, args: [...QUIET, ...args] })
  const { default: packaged } = await import('@sparticuz/chromium')
  return chromium.launch({ executablePath: await packaged.executablePath(), args: [...packaged.args, ...QUIET, ...args] })
}
