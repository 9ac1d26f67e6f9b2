import type { Lb } from '#lib/core/lb.ts'
import { backendOf } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

let lb: Lb

test.beforeEach(async ({ page, api }, info) => {
  lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name: `copied-${info.project.name}`,
    backends: [backendOf(['10.78.0.1'], 8080, { name: 'servers' })],
    frontends: [{ name: 'entrance', inbound_port: 8078, backend: 'servers' }],
  })
  await logIn(page)
})
test.afterEach(({ api }) => api.ok('DELETE', `/lb/v1/regions/fr-par/lbs/${lb.id}?release_ip=true`))

test('a load balancer is copied as code, and the dialog fits a phone', async ({
  page,
  context,
  installation,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto(`/network/load-balancers/${lb.id}`)
  await page.getByRole('button', { name: 'Copy as' }).click()
  const dialog = page.getByRole('dialog', { name: `Copy ${lb.name} as` })
  const code = dialog.getByRole('region')
  await expect(code).toContainText(`"${installation.apiUrl}/lb/v1/zones/fr-par-1/$1"`)
  await expect(code).toContainText('"inbound_port": 8078')
  for (const [format, part] of [
    ['scw', 'inbound-port=8078'],
    ['Terraform', 'resource "scaleway_lb_frontend" "entrance" {'],
    ['SDK', 'const frontendEntrance = await api.createFrontend({'],
  ] as const) {
    await dialog.getByRole('radio', { name: format }).check()
    await expect(code).toContainText(part)
  }
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click()
  await expect(dialog.getByRole('status')).toHaveText('Copied.')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await code.textContent())
  await expectAccessible(page, 'what is copied')
  await page.setViewportSize({ width: 360, height: 740 })
  await expectAccessible(page, 'what is copied, on a phone')
  const box = await dialog.boundingBox()
  expect(box && box.x >= 0 && box.x + box.width <= 360).toBe(true)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Copy as' })).toBeFocused()
})

test('the palette copies the load balancer whose page is open', async ({ page }) => {
  await page.goto(`/network/load-balancers/${lb.id}/backends`)
  const dialog = page.getByRole('dialog')
  await expect(async () => {
    await page.keyboard.press('ControlOrMeta+k')
    await expect(dialog).toBeVisible({ timeout: 500 })
  }).toPass()
  await dialog.getByRole('combobox').fill('copy terraform')
  await dialog.getByRole('option', { name: /^Copy this load balancer/ }).click()
  await expect(page.getByRole('dialog', { name: `Copy ${lb.name} as` })).toBeVisible()
  await expect(page).toHaveURL(new RegExp(`${lb.id}#copy-as$`))
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(new RegExp(`${lb.id}$`))
})
