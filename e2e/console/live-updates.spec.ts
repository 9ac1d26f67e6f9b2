import type { Page } from '@playwright/test'
import { expect, logIn, test } from '../support/console-test.ts'
import { ownAddresses } from '../support/loopback.ts'
import { startNginx, type WebServer } from '../support/nginx.ts'
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

/** The requests of a page, as they are made. */
function requestsOf(page: Page): string[] {
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/api/')) asked.push(pathname)
  })
  return asked
}

/** Resolves once the page follows events: it then reads everything once more. */
async function followed(page: Page): Promise<void> {
  const stream = page.waitForResponse((response) => response.url().includes('/events'))
  await page.reload()
  expect((await stream).status()).toBe(200)
}

test('what one does is seen by the other within a second', async ({ page, api }) => {
  await logIn(page)
  await page.goto(site.path('/frontends'))
  await followed(page)
  const row = page.getByRole('row').filter({ hasText: 'renamed' })
  await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {})
  const { id } = await site.frontend('public')
  const backend = (await site.backend('web')).id
  await api.ok('PUT', `/lb/v1/regions/fr-par/frontends/${id}`, {
    name: 'renamed',
    inbound_port: 8000,
    backend_id: backend,
  })
  await expect(row).toBeVisible({ timeout: 1000 })
})

test('a page that is kept up to date by events hardly asks', async ({ page }) => {
  await logIn(page)
  await page.goto(site.path())
  await followed(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(site.lb.name)
  const asked = requestsOf(page)
  // Longer than the polling that there would be without events.
  await expect
    .poll(() => page.evaluate(() => performance.now()), { timeout: 20_000 })
    .toBeGreaterThan(12_000)
  const reads = asked.filter((path) => !path.endsWith('/events'))
  console.log(`requests in about ten seconds: ${reads.length}`)
  expect(reads.length).toBeLessThan(15)
})

test('a load balancer that somebody else deletes says so by itself', async ({ page }) => {
  await logIn(page)
  await page.goto(site.path())
  await followed(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(site.lb.name)
  await site.remove()
  await expect(page.getByText('This load balancer has been deleted.')).toBeVisible({
    timeout: 2000,
  })
})

test('the control plane holds no stream for a tab that is gone, and tells a tab after its restart', async ({
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
  await expect(page.getByRole('link', { name: renamed }).first()).toBeVisible({ timeout: 2000 })
})
