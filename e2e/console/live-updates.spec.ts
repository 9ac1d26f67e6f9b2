import type { Page } from '@playwright/test'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { createTestLb, type TestLb } from '../support/test-lb.ts'

const PORT = 8192
let server: WebServer
let testLb: TestLb

test.beforeAll(async () => {
  const [address = ''] = ownAddresses(1)
  server = await startNginx('web', address, PORT)
})
test.afterAll(async () => server?.remove())
test.beforeEach(async ({ api }, info) => {
  const name = `live-${info.workerIndex}`
  testLb = await createTestLb(api, { name, servers: [server.address], port: PORT })
})
test.afterEach(() => testLb?.remove().catch(() => {}))

/** The paths of the API requests that a page sends from now on. */
function requestsOf(page: Page): string[] {
  const paths: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/api/')) paths.push(pathname)
  })
  return paths
}

/** Reloads the page and waits for its event stream. The page then fetches everything once more. */
async function reloadAndFollow(page: Page): Promise<void> {
  const stream = page.waitForResponse((response) => response.url().includes('/events'))
  await page.reload()
  expect((await stream).status()).toBe(200)
}

test('a change in one browser appears in another without a reload', async ({
  page,
  browser,
  baseURL,
}) => {
  await logIn(page)
  await page.goto(testLb.path('/frontends'))
  await reloadAndFollow(page)
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL })
  const other = await context.newPage()
  await logIn(other)
  await other.goto(testLb.path('/frontends'))
  await other.getByRole('button', { name: 'Edit public' }).click()
  await other.getByLabel('Name, frontend public').fill('renamed')
  await other.keyboard.press('Enter')
  await expect(other.getByRole('button', { name: 'Edit renamed' })).toBeFocused()
  await expect(page.getByRole('button', { name: 'Edit renamed' })).toBeVisible()
  await context.close()
})

test('a page that follows events hardly polls', async ({ page }) => {
  await logIn(page)
  await page.goto(testLb.path())
  await reloadAndFollow(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(testLb.lb.name)
  const requests = requestsOf(page)
  // Wait for the first requests, which may be slow on a busy machine.
  let before = -1
  const isIdle = () => {
    const hasNoNew = requests.length === before
    before = requests.length
    return hasNoNew
  }
  await expect.poll(isIdle, { intervals: [2000] }).toBe(true)
  requests.length = 0
  // Longer than the interval at which a page without events polls.
  const now = () => page.evaluate(() => performance.now())
  await expect.poll(now).toBeGreaterThan((await now()) + 10_000)
  const reads = requests.filter((path) => !path.endsWith('/events'))
  console.log(`requests in about ten seconds: ${reads.length}`)
  expect(reads.length).toBeLessThan(15)
})

test('the page of a load balancer shows without a reload that someone else deleted it', async ({
  page,
}) => {
  await logIn(page)
  await page.goto(testLb.path())
  await reloadAndFollow(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(testLb.lb.name)
  await testLb.remove()
  await expect(page.getByText('This load balancer has been deleted.')).toBeVisible()
})

test('a tab reconnects to the event stream after a restart of the control plane', async ({
  page,
  api,
  installation,
}) => {
  await logIn(page)
  await page.goto('/network/load-balancers')
  await reloadAndFollow(page)
  process.kill(installation.process('fairlead control-plane').pid, 'SIGKILL')
  const reconnected = page.waitForResponse(
    (response) => response.url().includes('/events') && response.status() === 200,
  )
  await reconnected
  await api.waitForStatus(testLb.lb.id, 'ready')
  const renamed = `${testLb.lb.name}-again`
  await api.ok('PUT', `/lb/v1/regions/fr-par/lbs/${testLb.lb.id}`, { name: renamed })
  await expect(page.getByRole('link', { name: renamed }).first()).toBeVisible()
})
