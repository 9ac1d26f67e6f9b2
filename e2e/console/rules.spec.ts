import type { Page } from '@playwright/test'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { expectAccessible } from '../support/axe.ts'
import { startFailingServer, startHangingServer } from '../support/bad-servers.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { createTestLb, type TestLb } from '../support/test-lb.ts'

const PORT = 8193
let server: WebServer
let testLb: TestLb

test.beforeAll(async () => {
  const [address = ''] = ownAddresses(1)
  server = await startNginx('web', address, PORT)
})
test.afterAll(async () => server?.remove())
test.beforeEach(async ({ api, page }, info) => {
  const name = `rules-${info.workerIndex}`
  testLb = await createTestLb(api, { name, servers: [server.address], port: PORT })
  await logIn(page)
})
test.afterEach(() => testLb?.remove())

const inDialog = (page: Page, button: string) =>
  page.getByRole('alertdialog').getByRole('button', { name: button })

test('a frontend rule is created and deleted', async ({ page }) => {
  await page.goto(testLb.path('/frontends'))
  await page.getByRole('link', { name: 'Add frontend rule' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Create a frontend rule')
  await expectAccessible(page, 'a new frontend rule')
  await page.getByLabel('Port', { exact: true }).fill('8000')
  await page.getByRole('button', { name: 'Create a frontend rule' }).click()
  await expect(page.getByText('Port 8000 is already used by frontend "public".')).toBeVisible()
  await page.getByLabel('Frontend name').fill('extra')
  await page.getByLabel('Port', { exact: true }).fill('8060')
  await page.getByText('Advanced').click()
  await page.getByLabel('Connection rate limit').fill('fast')
  await page.getByLabel('Access log').check()
  await page.getByRole('button', { name: 'Create a frontend rule' }).click()
  await expect(page.getByText(/a whole number of connections per second, 0 to/)).toBeVisible()
  await page.getByLabel('Connection rate limit').fill('50')
  await page.getByRole('button', { name: 'Create a frontend rule' }).click()
  await expect(page.getByRole('table', { name: 'Frontend rules' })).toContainText('extra')
  await expect(page.getByText(/^Applied on 2 of 2 in \d+ ms$/)).toBeVisible()
  await expect(page.getByText('At most 50 new connections a second · Access log')).toBeVisible()
  expect(await testLb.frontend('extra')).toMatchObject({
    connection_rate_limit: 50,
    enable_access_logs: true,
  })
  expect(await (await fetch(`http://${testLb.address}:8060/`)).text()).toMatch(/^web/)

  await page.getByRole('button', { name: 'Delete extra' }).click()
  await expect(page.getByRole('alertdialog')).toContainText('Delete frontend rule extra?')
  await expectAccessible(page, 'asking to delete a frontend rule')
  await inDialog(page, 'Delete frontend rule').click()
  await expect(page.getByRole('button', { name: 'Delete extra' })).toHaveCount(0)
})

test('a new frontend can switch a backend of the other protocol', async ({ page }) => {
  await page.goto(`${testLb.path('/frontends')}/new`)
  await page.getByLabel('Frontend name').fill('secure')
  await page.getByLabel('Port', { exact: true }).fill('8061')
  await page.getByLabel('Protocol').selectOption('TCP')
  await page.getByLabel('Backend', { exact: true }).selectOption('')
  await page.getByRole('button', { name: 'Create a frontend rule' }).click()
  await expect(page.getByRole('table', { name: 'Frontend rules' })).toContainText('secure')
})

test('a backend rule is created and deleted; one in use names its frontends', async ({ page }) => {
  await page.goto(testLb.path('/backends'))
  await page.getByRole('link', { name: 'Add backend rule' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Create a backend rule')
  await expectAccessible(page, 'a new backend rule')
  await page.getByLabel('Backend name').fill('extra')
  await page.getByLabel('Server IPs').fill(server.address)
  await page.getByLabel('Port', { exact: true }).fill(String(PORT))
  await page.getByLabel('Health check type').selectOption('PostgreSQL')
  await page.getByRole('button', { name: 'Create a backend rule' }).click()
  await expect(page.getByText('User is required.')).toBeVisible()
  await page.getByLabel('Health check type').selectOption('TCP')
  await page.getByRole('button', { name: 'Create a backend rule' }).click()
  await expect(page.getByRole('table', { name: 'Backend rules' })).toContainText('extra')

  await page.getByRole('button', { name: 'Delete extra' }).click()
  await inDialog(page, 'Delete backend rule').click()
  await expect(page.getByRole('button', { name: 'Delete extra' })).toHaveCount(0)

  await page.getByRole('button', { name: 'Delete web' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('Backend rule web is in use')
  await expectAccessible(page, 'a backend in use')
  await dialog.getByRole('link', { name: 'public' }).click()
  await expect(page.getByRole('table', { name: 'Frontend rules' })).toBeVisible()
})

test('servers that refuse, hang or fail are shown with the reason', async ({ page, api }) => {
  const [refuses = '', hangs = '', fails = ''] = ownAddresses(3)
  const bad = await Promise.all([
    startHangingServer(hangs, PORT),
    startFailingServer(fails, PORT, 500),
  ])
  const { id } = await testLb.backend('web')
  const all = [server.address, refuses, hangs, fails]
  await api.ok('PUT', `/lb/v1/regions/fr-par/backends/${id}/servers`, { server_ip: all })
  await page.goto(testLb.path('/backends'))
  const servers = page.getByRole('list', { name: 'Servers of web' }).getByRole('listitem')
  await expect(servers.nth(0)).toContainText('Up')
  await expect(servers.nth(1)).toContainText(/Down .*connection refused, 2 of 2 checks/)
  await expect(servers.nth(2)).toContainText(/Down .*(no answer|timed out|timeout)/)
  await expect(servers.nth(3)).toContainText(/Down .*500/)
  await expectAccessible(page, 'servers that are down')
  await Promise.all(bad.map((one) => one.stop()))
})
