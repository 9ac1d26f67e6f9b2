import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

test.beforeEach(({ page }) => logIn(page))

test('the API reference describes this installation, and every call has a link', async ({
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
    .getByRole('link', { name: 'List load balancers', exact: true })
    .click()
  await expect(page).toHaveURL(/#get-lbs$/)
  const list = page.locator('#get-lbs')
  await expect(list.getByRole('heading', { name: 'List load balancers' })).toBeInViewport()
  await list.getByRole('link', { name: 'Lb', exact: true }).click()
  await expect(page.locator('#object-Lb').getByRole('heading', { name: 'Lb' })).toBeInViewport()
  await expectAccessible(page, 'the API reference')
})

test('the API reference can be filtered and fits a phone', async ({ page }) => {
  await page.goto('/docs/api')
  const calls = page.locator('main section section:visible').filter({ has: page.locator('pre') })
  const all = await calls.count()
  expect(all).toBeGreaterThan(30)
  const filter = page.getByRole('searchbox', { name: 'Filter calls' })
  // Typing before hydration has no effect.
  await expect(async () => {
    await filter.fill('')
    await filter.fill('post lbs/{id}/frontends')
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

test('a call is sent with the session or a token, and a destructive one needs a confirmation', async ({
  page,
  installation,
  api,
}) => {
  const ip = await api.ok<{ id: string }>('POST', '/lb/v1/regions/fr-par/ips', { tags: ['tried'] })
  await page.goto('/docs/api#get-ips-id')
  await page.getByRole('radio', { name: 'SDK' }).check()
  await expect(page.locator('#get-ips-id')).toContainText('await api.getIp({')
  await page.getByRole('button', { name: 'Try it: Get an IP' }).click()
  const dialog = page.getByRole('dialog', { name: 'Get an IP' })
  const send = dialog.getByRole('button', { name: 'Send' })
  await send.click()
  await expect(dialog.getByText('ip_id is required.')).toBeVisible()
  await dialog.getByLabel('ip_id').fill(ip.id)
  await send.click()
  const answer = dialog.getByRole('region', { name: 'Answer', exact: true })
  const answered = answer.getByRole('status').first()
  await expect(answered).toHaveText(/^200in \d+ ms$/)
  await expect(answer.getByRole('region', { name: 'Body of the answer' })).toContainText('"tried"')
  await answer.getByText('Headers').click()
  await expect(answer.getByRole('region', { name: 'Headers' })).toContainText('x-request-id: ')
  await expectAccessible(page, 'a call that was tried')

  const token = dialog.getByLabel('Secret key of an API token')
  await token.fill(crypto.randomUUID())
  await send.click()
  await expect(answered).toHaveText(/^401/)
  await token.fill(installation.secretKey)
  await send.click()
  await expect(answered).toHaveText(/^200/)
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Try it: Create an IP' }).click()
  const create = page.getByRole('dialog', { name: 'Create an IP' })
  await create.getByLabel('Body').fill('{')
  await create.getByRole('button', { name: 'Send' }).click()
  await expect(create.getByText(/^This is not JSON/)).toBeVisible()
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Try it: Release an IP' }).click()
  const release = page.getByRole('dialog', { name: 'Release an IP' })
  await release.getByLabel('ip_id').fill(ip.id)
  await release.getByRole('button', { name: 'Send' }).click()
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText(`DELETE /lb/v1/regions/fr-par/ips/${ip.id}`)
  expect((await api.call('GET', `/lb/v1/regions/fr-par/ips/${ip.id}`)).status).toBe(200)
  await question.getByRole('button', { name: 'Send' }).click()
  await expect(release.getByRole('status').first()).toHaveText(/^204/)
  expect((await api.call('GET', `/lb/v1/regions/fr-par/ips/${ip.id}`)).status).toBe(404)
})
