import { test as base, expect, type Page } from '@playwright/test'
import { Api } from './api.ts'
import { ADMIN, type Installation, startInstallation } from './installation.ts'

/** Tests of the console in a real browser, against a whole installation that a worker's tests share. */
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
    // Also that the browser draws what the server drew: React calls it an error where it does not.
    expect(errors, 'errors on the page').toEqual([])
  },
})

export { expect }

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>

/** The session last opened: not every test has to open one. */
let session: Cookies = []

/** Logs the page's context in as the first account, without a page: `first-account.spec.ts` types. */
export async function logIn(page: Page): Promise<void> {
  const context = page.context()
  await context.addCookies(session)
  // Requests of a context share the cookies of its pages.
  const held = await context.request.get('/api/session')
  if (held.ok()) return
  const { origin } = new URL(held.url())
  const opened = await context.request.post('/api/session', { data: ADMIN, headers: { origin } })
  expect(opened.status()).toBe(201)
  session = await context.cookies()
}

/** Logs in and comes to the list, or to the product's presentation while there is none. */
export async function enter(page: Page): Promise<void> {
  await logIn(page)
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Load Balancer/)
}
