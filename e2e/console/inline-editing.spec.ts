import type { Page } from '@playwright/test'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { createTestLb, type TestLb } from '../support/test-lb.ts'

const PORT = 8190
let servers: WebServer[]
let testLb: TestLb

test.beforeAll(async () => {
  const addresses = ownAddresses(3)
  servers = await Promise.all(addresses.map((ip, index) => startNginx(`web${index}`, ip, PORT)))
})
test.afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.remove()))
})

test.beforeEach(async ({ page, api }, info) => {
  const addresses = servers.slice(0, 2).map(({ address }) => address)
  testLb = await createTestLb(api, {
    name: `edit-${info.workerIndex}`,
    servers: addresses,
    port: PORT,
  })
  await logIn(page)
})
test.afterEach(() => testLb?.remove())

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const edit = (page: Page, name: string) => page.getByRole('button', { name: `Edit ${name}` })
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true })

test('name, port, backend and protocol of a frontend are edited in its row', async ({ page }) => {
  await page.goto(testLb.path('/frontends'))
  await expectAccessible(page, 'frontend rules')

  await test.step('a click on a value opens its row with the focus in that field', async () => {
    await row(page, 'public').getByText('8000').click()
    await expect(page.getByLabel('Port, frontend public')).toBeFocused()
    await expectAccessible(page, 'frontend row open')
  })

  await test.step('errors are shown at their inputs, and nothing is lost', async () => {
    await page.getByLabel('Port, frontend public').fill('8001')
    await page.getByLabel('Name, frontend public').fill('')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Frontend name is required.')).toBeVisible()
    await expect(page.getByLabel('Name, frontend public')).toBeFocused()
    await expectAccessible(page, 'frontend row in error')
    await page.getByLabel('Name, frontend public').fill('web')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Port 8001 is already used by frontend "raw".')).toBeVisible()
    await expect(page.getByLabel('Port, frontend public')).toBeFocused()
  })

  await test.step('Enter saves, the focus returns, and both nodes apply it', async () => {
    await page.getByLabel('Port, frontend public').fill('8010')
    await page.keyboard.press('Enter')
    await expect(edit(page, 'web')).toBeFocused()
    await expect(page.getByText(/^Applied on 2 of 2 in \d+ ms$/)).toBeVisible()
    const answer = await fetch(`http://${testLb.address}:8010/`)
    expect(await answer.text()).toMatch(/^web/)
  })

  await test.step('another protocol offers to switch the backend too', async () => {
    await edit(page, 'web').click()
    await page.getByLabel('Protocol, frontend web').selectOption('TCP')
    await expect(page.getByRole('button', { name: 'Switch web to TCP too' })).toBeVisible()
    await page.getByLabel('Backend, frontend web').selectOption('files')
    await save(page).click()
    await expect(page.getByText(/^Applied on 2 of 2/)).toBeVisible()
    expect((await testLb.frontend('web')).backend.name).toBe('files')
  })
})

test('health check, sticky session and servers of a backend are edited in its row', async ({
  page,
}) => {
  await page.goto(testLb.path('/backends'))
  await edit(page, 'web').click()
  await expectAccessible(page, 'backend row open')
  await page.getByLabel('Name, backend web').fill('shop')
  await page.getByLabel('Health check type, backend web').selectOption('HTTP')
  await page.getByLabel('Health check option, backend web').fill('/')
  await page.getByLabel('Sticky session, backend web').selectOption('Cookie')
  await page.getByLabel('Cookie name, backend web').fill('srv')
  await page.getByLabel('Proxy, backend web').selectOption('None')
  const all = servers.map(({ address }) => address)
  await page.getByLabel('Server IPs, backend web').fill(`${all.join(', ')}, 10.0.0.300`)
  await save(page).click()
  await expect(page.getByText(/^Line \d: Enter a valid IP/)).toBeVisible()
  await expectAccessible(page, 'backend row in error')
  await page.getByLabel('Server IPs, backend web').fill(all.join('\n'))
  await page.getByText('Advanced').click()
  await page.getByLabel('Balancing').selectOption('Least connections')
  await page.getByLabel('Host for servers').fill('app.example.com')
  await page.getByLabel('Failover host').fill('sorry.example.com')
  await page.getByLabel('Keep the cookie out of shared caches').uncheck()
  await save(page).click()
  await expect(page.getByText(/^Applied on 2 of 2/)).toBeVisible()
  await expect(edit(page, 'shop')).toBeFocused()
  expect(await testLb.backend('shop')).toMatchObject({
    forward_port_algorithm: 'leastconn',
    sticky_sessions: 'cookie',
    sticky_sessions_cookie_name: 'srv',
    sticky_sessions_nocache: false,
    host: 'app.example.com',
    failover_host: 'sorry.example.com',
    pool: all,
    health_check: { http_config: { uri: '/' }, check_delay: 200 },
  })
  const answer = await fetch(`http://${testLb.address}:8000/`)
  expect(answer.headers.get('set-cookie')).toMatch(/^srv=/)
})

test('a new protocol of a backend applies to its frontends', async ({ page }) => {
  await page.goto(testLb.path('/frontends'))
  await edit(page, 'public').click()
  await page.getByLabel('Protocol, frontend public').selectOption('TCP')
  await page.getByRole('button', { name: 'Switch web to TCP too' }).click()
  await expect(page.getByText('web is switched to TCP with this.')).toBeVisible()
  await save(page).click()
  await expect(page.getByText(/^Applied on 2 of 2/)).toBeVisible()
  expect((await testLb.backend('web')).forward_protocol).toBe('tcp')
})

test('Esc cancels, a click elsewhere does not, and opening another row asks first', async ({
  page,
}) => {
  await page.goto(testLb.path('/frontends'))
  await edit(page, 'public').click()
  await page.getByLabel('Name, frontend public').fill('draft')
  await page.getByRole('heading', { level: 1 }).click()
  await expect(page.getByLabel('Name, frontend public')).toHaveValue('draft')

  await edit(page, 'raw').click()
  const dialog = page.getByRole('alertdialog')
  await expect(dialog).toContainText('Discard the changes to public?')
  await expectAccessible(page, 'asking to discard')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByLabel('Name, frontend public')).toHaveValue('draft')

  await test.step('leaving by a link asks too', async () => {
    await page.getByRole('link', { name: /^Backend rules/ }).click()
    await expect(dialog).toContainText('Leave without saving?')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  await test.step('a reload keeps the inputs', async () => {
    page.once('dialog', (asked) => void asked.accept())
    await page.reload()
    await expect(page.getByLabel('Name, frontend public')).toHaveValue('draft')
  })

  await page.getByLabel('Name, frontend public').press('Escape')
  await expect(edit(page, 'public')).toBeFocused()
  await expect(row(page, 'public')).toBeVisible()
  expect((await testLb.frontend('public')).name).toBe('public')
})

/** Clicks a button with two frames between press and release, in which the page can change. */
async function clickSlowly(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).hover()
  await page.mouse.down()
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  )
  await page.mouse.up()
}

test('what changes on blur does not move a button while it is pressed', async ({ page }) => {
  await page.goto(testLb.path('/frontends'))
  await edit(page, 'public').click()
  const port = page.getByLabel('Port, frontend public')
  const error = page.getByText('Port must be a whole number from 1 to 65535.')
  // From here on the schema is loaded, so that validation takes no longer than a press.
  await port.fill('0')
  await port.press('Tab')
  await expect(error).toBeVisible()
  await port.fill('8000')
  await expect(error).toBeHidden()
  await page.getByLabel('Name, frontend public').fill('')
  await clickSlowly(page, 'Cancel')
  await expect(edit(page, 'public')).toBeFocused()

  await page.goto(testLb.path('/backends'))
  await edit(page, 'web').click()
  const pasted = Array.from({ length: 9 }, (_, index) => `10.0.0.${index + 1}`)
  await page.getByLabel('Server IPs, backend web').fill(pasted.join(' '))
  await clickSlowly(page, 'Save')
  await expect(edit(page, 'web')).toBeFocused()
  expect((await testLb.backend('web')).pool).toEqual(pasted)
})

test('a rule is edited with the keyboard alone', async ({ page }) => {
  await page.goto(testLb.path('/frontends'))
  await edit(page, 'public').focus()
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Name, frontend public')).toBeFocused()
  await page.keyboard.type('web')
  await page.keyboard.press('Tab')
  await expect(page.getByLabel('Backend, frontend public')).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(page.getByLabel('Protocol, frontend public')).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(page.getByLabel('Port, frontend public')).toBeFocused()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('8011')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(save(page)).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/^Applied on 2 of 2/)).toBeVisible()
  await waitFor('the new port answers', async () => {
    const answer = await fetch(`http://${testLb.address}:8011/`).catch(() => null)
    return answer?.ok
  })
})
