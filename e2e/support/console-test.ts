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
})

export { expect }

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>

/** The session last opened, so that not every test has to type. */
let session: Cookies = []

async function typeCredentials(page: Page): Promise<void> {
  await page.getByLabel('Email').fill(ADMIN.email)
  await page.getByLabel('Password').fill(ADMIN.password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

/** Logs in as the first account, and comes to the list. */
export async function logIn(page: Page): Promise<void> {
  const context = page.context()
  await context.addCookies(session)
  await page.goto('/')
  if (new URL(page.url()).pathname === '/login') await typeCredentials(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Load Balancer/)
  session = await context.cookies()
}
