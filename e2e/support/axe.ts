import type { Page } from '@playwright/test'
import axe from 'axe-core'
import { expect } from './console-test.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const EXCEPTIONS = {
  'target-size': { enabled: true },
  // Menus and toasts lie at the end of the body, outside the page's landmarks, so that nothing clips them.
  region: { enabled: false },
}

/** Resolves when the page is painted and no colour is on its way to another. */
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
 * What axe finds on the page, in words. It runs in the page itself, which has no frames: to put results of frames
 * together in a page beside it costs more than the rules do.
 */
async function violations(page: Page, options: axe.RunOptions): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async (options) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') }
    const { violations } = await axe.run(document, { ...options, resultTypes: ['violations'] })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' | ')}`)
  }, options)
}

/** Nothing on the page is in the way of anyone, in light and in dark. `state` names what is looked at. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settled(page)
    // Colours are all that differs in the dark.
    const options: axe.RunOptions =
      colorScheme === 'dark'
        ? { runOnly: ['color-contrast'] }
        : { runOnly: RULES, rules: EXCEPTIONS }
    expect(await violations(page, options), `${state}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
}
