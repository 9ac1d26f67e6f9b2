import type { Page } from '@playwright/test'
import { test as base, expect } from './console-test.ts'
import { ADMIN, type Installation } from './installation.ts'
import { SharedInstallations } from './shared-installations.ts'

/** Tests of two consoles on one database. The tests of a worker share them. */
export const test = base.extend<object, { shared: SharedInstallations }>({
  shared: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
    async ({}, use) => {
      const shared = await SharedInstallations.start(2)
      await shared.joinHosts()
      await use(shared)
      await shared.remove()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  installation: [
    async ({ shared }, use) => use(shared.all[0] as Installation),
    { scope: 'worker' },
  ],
})

/** Logs in at one console, and gives the browser the same session for the others. Their names differ only without a load balancer in front. */
export async function logInAtAll(page: Page, { all }: SharedInstallations): Promise<void> {
  const context = page.context()
  const [one = { consoleUrl: '' }] = all
  const headers = { origin: one.consoleUrl }
  const opened = await context.request.post(`${one.consoleUrl}/api/session`, {
    data: ADMIN,
    headers,
  })
  expect(opened.status()).toBe(201)
  const cookies = await context.cookies(one.consoleUrl)
  for (const { consoleUrl } of all) {
    const { hostname } = new URL(consoleUrl)
    await context.addCookies(cookies.map((cookie) => ({ ...cookie, domain: hostname })))
  }
}
