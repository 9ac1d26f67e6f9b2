import type { Ip } from '#lib/core/ip.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { createTestLb } from '../support/test-lb.ts'

const PARIS = '/lb/v1/regions/fr-par'

test('a load balancer is deleted from the list with the keyboard alone, and its address released', async ({
  page,
  api,
}) => {
  const testLb = await createTestLb(api, { name: 'doomed', servers: ['10.0.0.1'], port: 80 })
  await logIn(page)
  await page.goto('/network/load-balancers')
  await page.getByRole('button', { name: 'Actions for doomed' }).focus()
  await page.keyboard.press('Enter')
  const menu = page.getByRole('menu')
  await expect(menu.getByRole('menuitem')).toHaveText([
    'More Info',
    'Copy ID',
    'Copy IP address',
    'Delete',
  ])
  await expectAccessible(page, 'row menu')
  await page.keyboard.press('End')
  await expect(menu.getByRole('menuitem', { name: 'Delete' })).toBeFocused()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('alertdialog')
  await expect(dialog).toContainText('2 frontend rules')
  await expectAccessible(page, 'asking to delete a load balancer')

  await test.step('Esc closes the dialog, and the focus returns', async () => {
    await page.keyboard.press('Escape')
    await expect(page.getByRole('button', { name: 'Actions for doomed' })).toBeFocused()
  })

  await page.keyboard.press('Enter')
  await expect(menu.getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('End')
  await expect(menu.getByRole('menuitem', { name: 'Delete' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('radio', { name: `Keep ${testLb.address}` })).toBeChecked()
  await dialog.getByRole('radio', { name: `Keep ${testLb.address}` }).focus()
  await page.keyboard.press('ArrowDown')
  await expect(dialog.getByRole('radio', { name: 'Release' })).toBeChecked()
  await page.keyboard.press('Tab')
  await page.keyboard.type('doomed')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Load balancer doomed is deleted.')).toBeVisible()
  await expect(page.getByRole('link', { name: 'doomed', exact: true })).toHaveCount(0)
  const { ips } = await api.ok<{ ips: Ip[] }>('GET', `${PARIS}/ips`)
  expect(ips.map(({ ip_address }) => ip_address)).not.toContain(testLb.address)
})

test('a conserved address can be released; an attached one says why it can not', async ({
  page,
  api,
}) => {
  const testLb = await createTestLb(api, { name: 'owner', servers: ['10.0.0.1'], port: 80 })
  const spare = await api.ok<Ip>('POST', `${PARIS}/ips`, {})
  await logIn(page)
  await page.goto('/network/ip-addresses')
  await expectAccessible(page, 'IP addresses')
  const row = (address: string) =>
    page.getByRole('row').filter({ has: page.getByText(address, { exact: true }) })
  await expect(row(testLb.address).getByRole('link', { name: 'owner' })).toBeVisible()
  await expect(row(testLb.address).getByRole('button', { name: /^Release/ })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
  await row(spare.ip_address)
    .getByRole('button', { name: /^Release/ })
    .click()
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /^Release/ })
    .click()
  await expect(page.getByText(spare.ip_address, { exact: true })).toHaveCount(0)
  await testLb.remove()
})
