import type { Page } from '@playwright/test'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { expectAccessible } from '../support/axe.ts'
import { type BadServer, startFailingServer, startHangingServer } from '../support/bad-servers.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { createTestLb } from '../support/test-lb.ts'

const PORT = 8197
let good: WebServer
let bad: BadServer[]
let addresses: string[]

test.beforeAll(async () => {
  addresses = ownAddresses(4)
  const [first = '', second = '', third = ''] = addresses
  good = await startNginx('web', first, PORT)
  bad = [await startFailingServer(second, PORT, 500), await startHangingServer(third, PORT)]
})
test.afterAll(async () => {
  await good?.remove()
  await Promise.all((bad ?? []).map((server) => server.stop()))
})
test.beforeEach(({ page }) => logIn(page))

const button = (page: Page) => page.getByRole('button', { name: 'Test servers' })
const line = (page: Page, index: number) =>
  page
    .getByRole('list', { name: 'Tested servers' })
    .getByRole('listitem')
    .filter({ hasText: addresses[index] as string })

test('servers are tested on the create page before the region has a node', async ({ page }) => {
  await page.goto('/network/load-balancers/create')
  await page.getByRole('radio', { name: 'Amsterdam' }).check()
  await button(page).click()
  await expect(page.getByText('The servers were not tested.')).toBeVisible()
  // The error is below the button and at the input.
  await expect(page.getByText('Enter at least one server IP to test.')).toHaveCount(2)
  await expectAccessible(page, 'nothing to test')

  const backend = page.getByRole('group', { name: 'Backend rule 1' })
  await backend.getByLabel('Port', { exact: true }).fill(String(PORT))
  await backend.getByLabel('Server IPs').fill(addresses.join('\n'))
  await backend.getByLabel('Health check type').selectOption('HTTP')
  await backend.getByLabel('Health check option').fill('/health')
  await button(page).click()
  await expect(page.getByText('1 of 4 servers answers as expected')).toBeVisible()
  await expect(page.getByText('The servers were not tested.')).toBeHidden()
  await expect(line(page, 0)).toContainText(/Answers, \d+ ms: HTTP 200/)
  await expect(line(page, 1)).toContainText('Fails: HTTP 500, expected 200')
  await expect(line(page, 2)).toContainText('No answer: timed out after 1 s')
  await expect(line(page, 3)).toContainText('Refuses: connection refused')
  await expect(page.getByText(/is not running/)).toBeHidden()
  await expectAccessible(page, 'servers tested')

  await test.step('a change makes the result stale, and undoing it makes it current', async () => {
    await backend.getByLabel('Health check option').fill('/other')
    await expect(page.getByText('Tested before your last change')).toBeVisible()
    await expectAccessible(page, 'tested before a change')
    await backend.getByLabel('Health check option').fill('/health')
    await expect(page.getByText('Tested before your last change')).toBeHidden()
  })
})

test('servers are tested in the open row, which saves nothing', async ({ page, api }, info) => {
  const [first = ''] = addresses
  const name = `test-${info.project.name}`
  const testLb = await createTestLb(api, { name, servers: [first], port: PORT })
  await page.goto(testLb.path('/backends'))
  await page.getByRole('button', { name: 'Edit web' }).click()
  await page.getByLabel('Server IPs, backend web').fill(`${first}\n${addresses[3]}`)
  await button(page).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByText('1 of 2 servers answers')).toBeVisible()
  await expect(line(page, 3)).toContainText('Refuses: connection refused')
  await expect(button(page)).toBeFocused()
  await expectAccessible(page, 'tested in the row')
  await page.getByLabel('Server IPs, backend web').fill(first)
  await expect(page.getByText('Tested before your last change')).toBeVisible()
  await button(page).click()
  await expect(page.getByText('The server answers')).toBeVisible()
  expect((await testLb.backend('web')).pool).toEqual([first])
  await testLb.remove()
})
