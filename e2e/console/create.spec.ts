import type { Page } from '@playwright/test'
import type { Ip } from '#lib/core/ip.ts'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

const PORT = 8192
const CREATE = '/network/load-balancers/create'
const PARIS = '/lb/v1/regions/fr-par'
let server: WebServer

test.beforeAll(async () => {
  const [address = ''] = ownAddresses(1)
  server = await startNginx('web', address, PORT)
})
test.afterAll(async () => server?.remove())
test.beforeEach(({ page }) => logIn(page))

const group = (page: Page, name: string) => page.getByRole('group', { name })
const submit = (page: Page) => page.getByRole('button', { name: 'Create a Load Balancer' })

test('a load balancer is created with every field', async ({ page, api }, info) => {
  const name = `full-${info.project.name}`
  await page.goto(CREATE)
  await expectAccessible(page, 'create')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Description').fill('Everything at once')
  await page.getByLabel('Tags').fill('one, two')
  await page.getByRole('radio', { name: 'Paris' }).check()
  await expect(page.getByRole('radio', { name: 'Allocate automatically' })).toBeChecked()

  const backend = group(page, 'Backend rule 1')
  await backend.getByLabel('Backend name').fill('web')
  await backend.getByLabel('Port', { exact: true }).fill(String(PORT))
  await backend.getByLabel('Server IPs').fill(server.address)
  await backend.getByLabel('Health check type').selectOption('HTTP')
  await backend.getByLabel('Health check option').fill('/health')
  await backend.getByLabel('Proxy').selectOption('None')
  await backend.getByLabel('Sticky session').selectOption('Cookie')
  await backend.getByLabel('Cookie name').fill('srv')
  await backend.getByText('Advanced').click()
  await backend.getByLabel('Balancing').selectOption('First available')
  await backend.getByLabel('Check delay (ms)').fill('500')
  await backend.getByLabel('Server timeout (ms)').fill('20000')

  await page.getByRole('button', { name: 'Add new rule' }).last().click()
  const second = group(page, 'Backend rule 2')
  await second.getByLabel('Backend name').fill('cache')
  await second.getByLabel('Protocol').selectOption('TCP')
  await second.getByLabel('Port', { exact: true }).fill('6379')
  await second.getByLabel('Server IPs').fill('2001:db8::1')
  await second.getByLabel('Health check type').selectOption('Redis')
  await second.getByLabel('Proxy').selectOption('PROXY v2')
  await second.getByLabel('Sticky session').selectOption('Table')

  const frontend = group(page, 'Frontend rule 1')
  await frontend.getByLabel('Frontend name').fill('public')
  await frontend.getByLabel('Port', { exact: true }).fill('8000')
  await page.getByRole('button', { name: 'Add new rule' }).first().click()
  const tcp = group(page, 'Frontend rule 2')
  await tcp.getByLabel('Frontend name').fill('redis')
  await tcp.getByLabel('Protocol').selectOption('TCP')
  await tcp.getByLabel('Port', { exact: true }).fill('8001')
  await tcp.getByLabel('Backend').selectOption('cache')

  const summary = page.getByRole('complementary', { name: 'Summary' })
  await expect(summary.getByText('public').first()).toBeAttached()
  await expectAccessible(page, 'create, filled in')
  await submit(page).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()

  const { lbs } = await api.ok<{ lbs: Lb[] }>('GET', `${PARIS}/lbs?name=${name}`)
  const lb = lbs[0] as Lb
  expect(lb).toMatchObject({ description: 'Everything at once', tags: ['one', 'two'] })
  const { backends, frontends } = await api.children(lb.id)
  expect(backends).toMatchObject([
    {
      name: 'web',
      forward_protocol: 'http',
      forward_port: PORT,
      forward_port_algorithm: 'first',
      sticky_sessions: 'cookie',
      sticky_sessions_cookie_name: 'srv',
      timeout_server: 20_000,
      health_check: { port: PORT, check_delay: 500, http_config: { uri: '/health' } },
    },
    {
      name: 'cache',
      forward_protocol: 'tcp',
      pool: ['2001:db8::1'],
      proxy_protocol: 'proxy_protocol_v2',
      sticky_sessions: 'table',
      health_check: { redis_config: {} },
    },
  ])
  expect(frontends).toMatchObject([
    { name: 'public', inbound_port: 8000, backend: { name: 'web' } },
    { name: 'redis', inbound_port: 8001, backend: { name: 'cache' } },
  ])
  await waitFor('it serves', async () => {
    const answer = await fetch(`http://${lb.ip[0]?.ip_address}:8000/`).catch(() => null)
    return answer?.headers.get('set-cookie')?.startsWith('srv=')
  })
  await api.ok('DELETE', `${PARIS}/lbs/${lb.id}?release_ip=true`)
})

test('a failed creation creates nothing and keeps the inputs', async ({ page, api }) => {
  const ip = await api.ok<Ip>('POST', `${PARIS}/ips`, {})
  const count = async () =>
    (await api.ok<{ total_count: number }>('GET', `${PARIS}/lbs`)).total_count
  await page.goto(CREATE)
  await page.getByLabel('Name', { exact: true }).fill('unlucky')
  await page.getByRole('radio', { name: ip.ip_address }).check()
  const backend = group(page, 'Backend rule 1')
  await backend.getByLabel('Server IPs').fill('10.0.0.1, 10.0.0.x')
  await backend.getByLabel('Port', { exact: true }).focus()
  await expect(page.getByText('Line 2: Enter a valid IP')).toBeVisible()
  await backend.getByLabel('Server IPs').fill('10.0.0.1')
  await api.ok('DELETE', `${PARIS}/ips/${ip.id}`)
  const before = await count()
  await submit(page).click()
  await expect(
    page.getByText('The load balancer was not created.').or(page.getByText(/no IP/i)).first(),
  ).toBeVisible()
  expect(await count()).toBe(before)
  await expectAccessible(page, 'create, refused')
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('unlucky')
  await expect(backend.getByLabel('Server IPs')).toHaveValue('10.0.0.1')

  await test.step('a reload keeps the inputs, and leaving asks', async () => {
    page.once('dialog', (asked) => void asked.accept())
    await page.reload()
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('unlucky')
    await page.getByRole('link', { name: 'Cancel' }).click()
    const dialog = page.getByRole('alertdialog')
    await expect(dialog).toContainText('Leave without creating?')
    await dialog.getByRole('button', { name: 'Leave' }).click()
    await expect(page).toHaveURL(/\/network\/load-balancers$/)
  })
})

test('a load balancer is created with the keyboard alone', async ({ page, api }, info) => {
  test.skip(info.project.name === 'phone', 'phones have no keyboard')
  await page.goto(CREATE)
  await page.getByLabel('Name', { exact: true }).focus()
  await page.keyboard.type('typed')
  /** Presses Tab until the element has the focus. */
  const tabTo = async (target: ReturnType<Page['getByLabel']>) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab')
      if (await target.evaluate((element) => element === document.activeElement)) return
    }
    throw new Error('Tab never came there.')
  }
  await tabTo(page.getByRole('radio', { name: 'Paris' }))
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('radio', { name: 'Amsterdam' })).toBeChecked()
  await tabTo(group(page, 'Frontend rule 1').getByLabel('Port', { exact: true }))
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('8002')
  await tabTo(group(page, 'Backend rule 1').getByLabel('Server IPs'))
  await page.keyboard.type('10.0.0.1')
  await tabTo(submit(page))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'typed' })).toBeFocused()
  const { lbs } = await api.ok<{ lbs: Lb[] }>('GET', '/lb/v1/regions/nl-ams/lbs?name=typed')
  await api.ok('DELETE', `/lb/v1/regions/nl-ams/lbs/${lbs[0]?.id}?release_ip=true`)
})
