import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResult {
  readonly violations: ReadonlyArray<{ id: string; impact: string | null; nodes: ReadonlyArray<{ html: string; failureSummary?: string }> }>
}

/** Resolves once nothing on the page slides or fades any more: pictures and measures would be of something half-way. */
export const still = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState !== 'running' || animation.effect?.getTiming().iterations === Infinity))
}

/** Findings of axe by WCAG 2.2 A and AA: `impact rule: element`. Serious and critical ones only, unless all are asked for. */
export async function axeFindings(page: Page, all = false): Promise<string[]> {
  await still(page)
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(AXE)
  const result = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(context: Document, options: object): Promise<unknown> } }
    // What a bar at the page's edge half covers is a scroll away from its full size: no small target.
    const bars = [...document.querySelectorAll<HTMLElement>('header, nav')]
    for (const bar of bars) bar.style.position = 'static'
    const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })
    for (const bar of bars) bar.style.removeProperty('position')
    return found
  }) as AxeResult
  return result.violations
    .filter((violation) => all || violation.impact === 'serious' || violation.impact === 'critical')
    .flatMap((violation) => violation.nodes.map((node) => `${violation.impact} ${violation.id}: ${node.html.slice(0, 160)}`))
}

/** Elements that stick out of the page's width, and text that is cut without an ellipsis: nothing may scroll sideways. */
export const sidewaysOverflow = (page: Page): Promise<string[]> => page.evaluate(() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > width + 1 && getComputedStyle(element).position !== 'fixed')
    .map((element) => element.outerHTML.slice(0, 120))
})

/** What the page complained of: errors of script, refusals of its content policy, failed loads. */
export function watchComplaints(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // A refused request is for the page to show; the browser's own line about it is no complaint of ours.
    if (message.text().startsWith('Failed to load resource')) return
    if (message.type() === 'error' || /Content Security Policy|\[intlify\]|\[Vue/.test(message.text())) complaints.push(`console: ${message.text()}`)
  })
  return complaints
}

export const VIEWPORTS = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const
