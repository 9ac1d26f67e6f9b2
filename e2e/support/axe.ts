import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect } from './console-test.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const EXCEPTIONS = {
  'target-size': { enabled: true },
  // Menus and toasts lie at the end of the body, outside the page's landmarks, so that nothing clips them.
  region: { enabled: false },
}

/** Nothing on the page is in the way of anyone, in light and in dark. `state` names what is looked at. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const axe = new AxeBuilder({ page })
    // Colours are all that differs in the dark.
    if (colorScheme === 'dark') axe.withRules(['color-contrast'])
    else axe.options({ runOnly: RULES, rules: EXCEPTIONS })
    const { violations } = await axe.analyze()
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' | ')}`,
    )
    expect(found, `${state}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
}
