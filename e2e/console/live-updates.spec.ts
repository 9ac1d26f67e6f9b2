import type { Page } from '@playwright/test'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { makeSite, type Site } from '../support/site.ts'

const PORT = 8192
let server: WebServer
let site: Site

test.beforeAll(async () => {
  const [address = ''] = ownAddresses(1)
  server = await startNginx('web', address, PORT)
})
test.afterAll(async () => server?.remove())
test.beforeEach(async ({ api }, info) => {
  const name = `live-${info.workerIndex}`
  site = await makeSite(api, { name, servers: [server.address], port: PORT })
})
test.afterEach(() => site?.remove().catch(() => {}))

/** Collects the requests of a page. */
function requestsOf(page: Page): string[] {
  const paths: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/api/')) paths.push(pathname)
  })
  return paths
}

/** Resolves once the page follows events: it then fetches everything once more. */
async function followed(page: Page): Promise<void> {
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
  await page.goto(site.path('/frontends'))
  await followed(page)
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL })
  const other = await context.newPage()
  await logIn(other)
  await other.goto(site.path('/frontends'))
  await other.getByRole('button', { name: 'Edit public' }).click()
  await other.getByLabel('Name, frontend public').fill('renamed')
  await other.keyboard.press('Enter')
  await expect(other.getByRole('button', { name: 'Edit renamed' })).toBeFocused()
  await expect(page.getByRole('button', { name: 'Edit renamed' })).toBeVisible()
  await context.close()
})

test('a page that follows events hardly polls', async ({ page }) => {
  await logIn(page)
  await page.goto(site.path())
  await followed(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(site.lb.name)
  const requests = requestsOf(page)
  // The first requests may be slow on a busy machine.
  let before = -1
  const isAtRest = () => {
    const rests = requests.length === before
    before = requests.length
    return rests
  }
  await expect.poll(isAtRest, { intervals: [2000] }).toBe(true)
  requests.length = 0
  // Longer than the polling interval without events.
  const now = () => page.evaluate(() => performance.now())
  await expect.poll(now).toBeGreaterThan((await now()) + 10_000)
  const reads = requests.filter((path) => !path.endsWith('/events'))
  console.log(`requests in about ten seconds: ${reads.length}`)
  expect(reads.length).toBeLessThan(15)
})

test('the page of a load balancer that someone else deletes says so by itself', async ({
  page,
}) => {
  await logIn(page)
  await page.goto(site.path())
  await followed(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(site.lb.name)
  await site.remove()
  await expect(page.getByText('This load balancer has been deleted.')).toBeVisible()
})

test('a tab follows events again after a restart of the control plane', async ({
  page,
  api,
  installation,
}) => {
  await logIn(page)
  await page.goto('/network/load-balancers')
  await followed(page)
  process.kill(installation.process('fairlead control-plane').pid, 'SIGKILL')
  const again = page.waitForResponse(
    (response) => response.url().includes('/events') && response.status() === 200,
  )
  await again
  await api.waitForStatus(site.lb.id, 'ready')
  const renamed = `${site.lb.name}-again`
  await api.ok('PUT', `/lb/v1/regions/fr-par/lbs/${site.lb.id}`, { name: renamed })
  await expect(page.getByRole('link', { name: renamed }).first()).toBeVisible()
})
