import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

test.beforeEach(({ page }) => logIn(page))

test('the API reference is made from this installation, and every call has its link', async ({
  page,
  installation,
}) => {
  await page.goto('/docs/api#put-backends-id-healthcheck')
  await expect(page).toHaveTitle(/^API reference/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('API reference')
  const heading = page.getByRole('heading', { name: "Replace a backend's health check" })
  await expect(heading).toBeInViewport()

  const call = page.locator('#put-backends-id-healthcheck')
  await expect(call).toContainText('/lb/v1/regions/{region}/backends/{id}/healthcheck')
  await expect(call).toContainText(`curl "${installation.apiUrl}/lb/v1/regions/fr-par/backends/`)
  await expect(call).toContainText('--header "X-Auth-Token: $SCW_SECRET_KEY"')

  await page
    .getByRole('navigation', { name: 'API reference' })
    .getByText('List load balancers')
    .click()
  await expect(page).toHaveURL(/#get-lbs$/)
  const list = page.locator('#get-lbs')
  await expect(list.getByRole('heading', { name: 'List load balancers' })).toBeInViewport()
  await list.getByRole('link', { name: 'Lb', exact: true }).click()
  await expect(page.locator('#object-Lb').getByRole('heading', { name: 'Lb' })).toBeInViewport()
  await expectAccessible(page, 'the API reference')
})

test('the API reference is filtered, and fits a phone', async ({ page }) => {
  await page.goto('/docs/api')
  const calls = page.locator('main section section:visible').filter({ has: page.locator('pre') })
  const all = await calls.count()
  expect(all).toBeGreaterThan(30)
  const filter = page.getByRole('searchbox', { name: 'Filter calls' })
  // What is typed before the page's script runs is not heard.
  await expect(async () => {
    await filter.fill('')
    await filter.fill('post /frontends')
    await expect(page.getByRole('status').filter({ hasText: '1 call matches.' })).toBeVisible({
      timeout: 500,
    })
  }).toPass()
  await expect(calls).toHaveCount(1)
  await expect(calls.getByRole('heading', { level: 3 })).toHaveText('Create a frontend')
  const index = page.getByRole('navigation', { name: 'API reference' })
  await expect(index.getByRole('link', { name: 'Create a frontend' })).toBeVisible()
  await expect(index.getByRole('link', { name: 'List load balancers' })).toBeHidden()
  await filter.fill('nothing like it')
  await expect(page.getByText('No calls match.')).toBeVisible()
  await filter.fill('')
  await expect(calls).toHaveCount(all)

  await page.setViewportSize({ width: 360, height: 740 })
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(await overflow()).toBe(0)
  await page.setViewportSize({ width: 320, height: 740 })
  expect(await overflow()).toBe(0)
})
