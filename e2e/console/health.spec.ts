import type { Page } from '@playwright/test'
import { type Fixtures, startFixtures } from '../fixtures/start-fixtures.ts'
import { Api } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { test as base, enter, expect } from '../support/console-test.ts'

/** An installation with the fixture set. */
const test = base.extend<object, { fixtures: Fixtures }>({
  fixtures: [
    async ({ installation }, use) => {
      const fixtures = await startFixtures(new Api(installation))
      await use(fixtures)
      await fixtures.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
})

// The last server of a backend goes down a few seconds after the start, and so many responses are 5xx only after some requests.
const SETTLED = { timeout: 30_000 }

const row = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(`^${name}`) })

async function open(page: Page, { lb }: Fixtures, name: string, tab = ''): Promise<void> {
  await page.goto(`/network/load-balancers/${lb(name).id}${tab}`)
}

test('the list shows the worst health first, with its reason, and filters by it', async ({
  page,
  fixtures,
}) => {
  await enter(page)
  const names = page.getByRole('rowheader')
  await expect(names).toHaveCount(fixtures.count)
  await expect(row(page, 'billing')).toContainText(
    '2 of 3 frontends have no server that is up',
    SETTLED,
  )
  await expect(names.first()).toHaveText('billing')
  await expect(row(page, 'landing-page')).toContainText('Its frontend has no servers')
  await expect(row(page, 'bare')).toContainText('It has no frontends and no servers')
  await expect(row(page, 'platform-edge')).toContainText('2 of 47 servers are down')
  await expect(row(page, 'shop')).toContainText('Healthy')
  await expect(row(page, 'reports')).toContainText('% of responses are 5xx', SETTLED)
  await expectAccessible(page, 'the list with every health')

  await page.getByLabel('Health', { exact: true }).selectOption('No servers')
  await expect(names).toHaveText(['bare', 'landing-page'])
  await expect(page).toHaveURL(/\?health=no_servers$/)
  await page.getByLabel('Health', { exact: true }).selectOption('Not healthy')
  await expect(row(page, 'shop')).toHaveCount(0)
  await expect(row(page, 'reports')).toBeVisible()
})

test('a failing load balancer says so on every tab and in the title', async ({
  page,
  fixtures,
}) => {
  await enter(page)
  await open(page, fixtures, 'billing')
  await expect(page).toHaveTitle('● billing · Failing · Fairlead', SETTLED)
  for (const tab of ['', '/frontends', '/backends', '/history']) {
    await open(page, fixtures, 'billing', tab)
    await expect(page.getByText('2 of 3 frontends have no server that is up')).toBeVisible()
    await expect(page).toHaveTitle(/^● .*billing · Failing · Fairlead$/)
    const tabs = page.getByRole('navigation', { name: 'Load balancer' })
    await expect(tabs.getByRole('link', { name: 'Frontend rules' })).toContainText('2 not healthy')
    await expect(tabs.getByRole('link', { name: 'Backend rules' })).toContainText('3 with problems')
  }
  await open(page, fixtures, 'billing', '/frontends')
  await expect(row(page, 'payments')).toContainText('All servers of backend "payments" are down')
  await expect(row(page, 'invoices')).not.toContainText('down')
  await open(page, fixtures, 'shop')
  await expect(page).toHaveTitle('shop · Fairlead')
})

test('each problem is a row with its object, the last answer, since when, and an action', async ({
  page,
  fixtures,
}) => {
  await enter(page)
  await open(page, fixtures, 'billing')
  const problems = page.getByRole('region', { name: 'Problems' }).getByRole('listitem')
  const payments = problems.filter({ hasText: 'Backend payments' })
  await expect(payments).toContainText('Both servers are down.', SETTLED)
  await expect(payments).toContainText(/Last answer: .*500.* · Started .* ago/)
  await expect(problems.filter({ hasText: 'Backend invoices' })).toContainText(
    '2 of 4 servers are down.',
  )
  await expect(problems.filter({ hasText: /\d+ % of responses are 5xx/ })).toBeVisible(SETTLED)
  await expectAccessible(page, 'an overview with problems')

  await payments.getByRole('link', { name: 'Edit health check' }).click()
  const check = page.getByLabel('Health check type, backend payments')
  await expect(check).toBeFocused()
  await expect(page).toHaveURL(/\/backends#backend-/)
  await page.reload()
  await expect(page.getByRole('table', { name: 'Backend rules' })).toBeVisible()
  await expect(check).toHaveCount(0)

  await open(page, fixtures, 'landing-page')
  await problems.getByRole('link', { name: 'Add servers' }).click()
  await expect(page.getByLabel('Server IPs, backend backend-1')).toBeFocused()
})
