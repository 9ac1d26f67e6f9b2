import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Lb } from '#lib/core/lb.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

const REGION = '/lb/v1/regions/fr-par'
let receiver: Server
let received: string[]
let isWell: boolean

test.beforeEach(async ({ page }) => {
  received = []
  isWell = false
  receiver = createServer((request, response) => {
    received.push(String(request.headers['webhook-signature']))
    response.writeHead(isWell ? 204 : 503).end()
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  await logIn(page)
})
test.afterEach(() => {
  receiver.close()
})

test('a subscriber is created, tested, subscribed to a load balancer, and deleted', async ({
  page,
  api,
}, info) => {
  const { port } = receiver.address() as AddressInfo
  const name = `on call ${info.project.name}`
  await page.goto('/network/subscribers')
  await page.getByRole('button', { name: 'Create subscriber' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create subscriber' }).click()
  await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused()
  await dialog.getByLabel('Name', { exact: true }).fill(name)
  await dialog.getByLabel('Address').fill('example.com')
  await expect(dialog.getByText(/^Enter a valid http or https URL/)).toBeVisible()
  await expectAccessible(page, 'a subscriber in error')
  await dialog.getByLabel('Address').fill(`http://127.0.0.1:${port}/alerts`)
  await dialog.getByRole('button', { name: 'Create subscriber' }).click()
  await expect(dialog).toBeHidden()
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })
  await expect(row).toContainText(`Webhook http://127.0.0.1:${port}/alerts`)
  await expectAccessible(page, 'subscribers')

  await row.getByRole('button', { name: `Deliveries to ${name}` }).click()
  await dialog.getByRole('button', { name: 'Send a test' }).click()
  const sent = dialog.getByRole('listitem')
  // Errors of a receiver in a private network are not shown, because they would reveal what is there.
  await expect(sent).toContainText('Given up', { timeout: 20_000 })
  await expect(sent).toContainText('Could not be delivered')
  await expect(sent).not.toContainText('503')
  await expectAccessible(page, 'deliveries')
  isWell = true
  await dialog.getByRole('button', { name: 'Send again: Test' }).click()
  await expect(sent).toContainText('Delivered')
  expect(received.every((signature) => signature.startsWith('v1,'))).toBe(true)
  await dialog.getByRole('button', { name: 'New signing secret' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Make a new secret' }).click()
  await expect(dialog.getByText(/^whsec_/)).toBeVisible()
  await page.keyboard.press('Escape')

  const lb = await api.ok<Lb>('POST', `${REGION}/lbs`, { name: `subscribed-${info.project.name}` })
  await page.goto(`/network/load-balancers/${lb.id}`)
  await page.getByRole('button', { name: 'Change subscriber' }).click()
  await dialog.getByLabel('Subscriber').selectOption(name)
  await expectAccessible(page, 'the choice of a subscriber')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('definition').filter({ hasText: name })).toBeVisible()

  const remove = async () => {
    await page.goto('/network/subscribers')
    await row.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete subscriber' }).click()
  }
  await remove()
  await expect(page.getByRole('alertdialog').getByRole('alert')).toContainText(lb.name)
  await api.ok('DELETE', `${REGION}/lbs/${lb.id}?release_ip=true`)
  await remove()
  await expect(row).toBeHidden()
})
