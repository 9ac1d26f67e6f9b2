import type { Page } from '@playwright/test'
import axe from 'axe-core'
import { expect } from './console-test.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const EXCEPTIONS = {
  'target-size': { enabled: true },
  // Menus and toasts are at the end of the body, outside the landmarks, so that nothing clips them.
  region: { enabled: false },
}

/** Resolves when the page is painted and no colour transition is running. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const moving = document
      .getAnimations()
      .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime))
    await Promise.allSettled(moving.map((animation) => animation.finished))
  })
}

/**
 * axe's violations on the page, as text. axe runs in the page itself: merging results of frames in a second page would take longer
 * than the rules.
 */
async function violations(page: Page, options: axe.RunOptions): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async (options) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') }
    const { violations } = await axe.run(document, { ...options, resultTypes: ['violations'] })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' | ')}`)
  }, options)
}

/** Expects no violation in light and dark mode. @param state names the state of the page in failures */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settled(page)
    // Only colours differ in dark mode.
    const options: axe.RunOptions =
      colorScheme === 'dark'
        ? { runOnly: ['color-contrast'] }
        : { runOnly: RULES, rules: EXCEPTIONS }
    expect(await violations(page, options), `${state}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
}
