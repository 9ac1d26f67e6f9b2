import type { Page } from '@playwright/test'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { ADMIN } from '../support/installation.ts'
import { createTestLb, type TestLb } from '../support/test-lb.ts'

const PORT = 8193
let server: WebServer
let testLb: TestLb

test.beforeAll(async () => {
  const [address = ''] = ownAddresses(1)
  server = await startNginx('web', address, PORT)
})
test.afterAll(async () => server?.remove())
test.beforeEach(async ({ api }, info) => {
  const name = `weather-${info.workerIndex}`
  testLb = await createTestLb(api, { name, servers: [server.address], port: PORT })
})
test.afterEach(() => testLb?.remove())

const notice = (page: Page) => page.getByRole('status').filter({ hasText: 'may be out of date' })

test('while the control plane is down the rows stay, and the page recovers by itself', async ({
  page,
  installation,
}) => {
  test.setTimeout(120_000)
  await logIn(page)
  await page.goto(testLb.path('/frontends'))
  const row = page.getByRole('row').filter({ hasText: 'public' })
  await expect(row).toBeVisible()
  const { pid } = installation.process('fairlead control-plane')
  let requests = 0
  page.on('request', () => {
    requests += 1
  })
  process.kill(pid, 'SIGSTOP')
  try {
    await expect(notice(page)).toBeVisible({ timeout: 60_000 })
    await expect(notice(page)).toHaveCount(1)
    await expect(notice(page)).toContainText('Your load balancers keep serving')
    await expect(notice(page).getByRole('button', { name: 'Retry' })).toBeVisible()
    await expect(row).toBeVisible()
    await expectAccessible(page, 'control plane down')
    const served = await fetch(`http://${testLb.address}:8000/`)
    expect(served.status).toBe(200)
    expect(requests).toBeLessThan(60)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await expect(notice(page)).toBeHidden()
})

test('a page opened while the control plane is down says so and loads by itself later', async ({
  page,
  installation,
}) => {
  await logIn(page)
  const { pid } = installation.process('fairlead control-plane')
  process.kill(pid, 'SIGSTOP')
  try {
    await page.goto(testLb.path('/frontends'))
    await expect(page.getByText(/Your load balancers keep serving/)).toBeVisible({
      timeout: 30_000,
    })
    await expectAccessible(page, 'opened while the control plane is down')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await expect(page.getByRole('table', { name: 'Frontend rules' })).toBeVisible({ timeout: 30_000 })
})

test('the page recovers from a killed control plane by itself', async ({ page, installation }) => {
  await logIn(page)
  await page.goto(testLb.path())
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(testLb.lb.name)
  process.kill(installation.process('fairlead control-plane').pid, 'SIGKILL')
  await page.waitForResponse((response) => response.url().includes('/events') && response.ok())
  await expect(notice(page)).toBeHidden()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(testLb.lb.name)
})

test('after the session ended during an edit, the login form opens over the page', async ({
  page,
  installation,
}) => {
  await logIn(page)
  await page.goto(testLb.path('/frontends'))
  await page.getByRole('button', { name: 'Edit public' }).click()
  await page.getByLabel('Port, frontend public').fill('8077')
  const [cookie] = await page.context().cookies()
  await fetch(`${installation.apiUrl}/fairlead/v1/session`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${cookie?.value}` },
  })
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Log in to continue' })
  await expect(dialog).toBeVisible()
  await expectAccessible(page, 'session ended during an edit')
  await dialog.getByLabel('Password').fill(ADMIN.password)
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByLabel('Port, frontend public')).toHaveValue('8077')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText(/^Applied on 2 of 2/)).toBeVisible()
  expect(await testLb.frontend('public')).toMatchObject({ inbound_port: 8077 })
})
