import { test as base, expect, type Page } from '@playwright/test'
import { Api } from './api.ts'
import { ADMIN, type Installation, startInstallation } from './installation.ts'

/** Tests of the console in a real browser. All tests of a worker share one installation. */
export const test = base.extend<{ api: Api }, { installation: Installation }>({
  installation: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
    async ({}, use) => {
      const installation = await startInstallation()
      await use(installation)
      await installation.remove()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  baseURL: async ({ installation }, use) => use(installation.consoleUrl),
  api: async ({ installation }, use) => use(new Api(installation)),
  page: async ({ page }, use) => {
    const errors: Error[] = []
    page.on('pageerror', (error) => errors.push(error))
    await use(page)
    // Includes React's hydration errors.
    expect(errors, 'errors on the page').toEqual([])
  },
})

export { expect }

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>

/** The newest session, which other tests reuse. */
let session: Cookies = []

/** Logs the context in as the first account, without the form, which `first-account.spec.ts` tests. */
export async function logIn(page: Page): Promise<void> {
  const context = page.context()
  await context.addCookies(session)
  // A context's requests share the cookies of its pages.
  const held = await context.request.get('/api/session')
  if (held.ok()) return
  const { origin } = new URL(held.url())
  const opened = await context.request.post('/api/session', { data: ADMIN, headers: { origin } })
  expect(opened.status()).toBe(201)
  session = await context.cookies()
}

/** Logs in and opens the list, or the presentation if it is empty. */
export async function enter(page: Page): Promise<void> {
  await logIn(page)
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Load Balancer/)
}
