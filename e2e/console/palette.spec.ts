import type { Page } from '@playwright/test'
import type { Lb } from '#lib/core/lb.ts'
import { backendOf } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { enter, expect, test } from '../support/console-test.ts'

let lb: Lb

test.beforeEach(async ({ page, api }, info) => {
  lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name: `site-${info.project.name}-${info.testId}`,
    tags: ['production'],
    backends: [backendOf(['10.77.0.1', '10.77.0.2'], 8080, { name: 'servers' })],
    frontends: [{ name: 'entrance', inbound_port: 8077, backend: 'servers' }],
  })
  await enter(page)
})
test.afterEach(({ api }) => api.ok('DELETE', `/lb/v1/regions/fr-par/lbs/${lb.id}?release_ip=true`))

const input = (page: Page) => page.getByRole('combobox', { name: 'Search' })
const chosen = (page: Page) => page.getByRole('option', { selected: true })

test('the palette finds and opens anything with the keyboard alone', async ({ page }) => {
  await test.step('its shortcut opens it, and Esc returns the focus', async () => {
    const link = page.getByRole('link', { name: 'Create a Load Balancer' }).first()
    await link.focus()
    await page.keyboard.press('Control+k')
    await expect(input(page)).toBeFocused()
    await expect(chosen(page)).toHaveText('Create a Load Balancer')
    await expectAccessible(page, 'the palette')
    await page.keyboard.press('Escape')
    await expect(link).toBeFocused()
  })

  await test.step('a load balancer, with Enter pressed before the results arrive', async () => {
    await page.keyboard.press('Control+k')
    await expect(input(page)).toBeFocused()
    await page.keyboard.type(lb.name)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: lb.name })).toBeFocused()
  })

  await test.step('a frontend rule by its port, with its load balancer', async () => {
    await page.keyboard.press('Control+k')
    await expect(input(page)).toBeFocused()
    await page.keyboard.type(`8077 ${lb.name}`)
    await expect(chosen(page)).toHaveText(`Frontend rule entrance · port 8077 · ${lb.name}`)
    await expectAccessible(page, 'the palette with results')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/\/frontends#frontend-/)
  })

  await test.step('a server by its address, with the arrow keys', async () => {
    await page.keyboard.press('Control+k')
    await expect(input(page)).toBeFocused()
    await page.keyboard.type(`10.77.0. ${lb.name}`)
    await expect(page.getByRole('option', { name: /^Server/ })).toHaveCount(2)
    await page.keyboard.press('ArrowDown')
    await expect(chosen(page)).toHaveText(`Server 10.77.0.2 · port 8080 · servers · ${lb.name}`)
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/\/backends#backend-/)
  })

  await test.step('the last destinations are offered again', async () => {
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('group', { name: 'Recent' }).getByRole('option')).toHaveCount(3)
    await expect(chosen(page)).toHaveText(/^Server 10\.77\.0\.2/)
    await page.keyboard.press('Escape')
  })

  await test.step('an action', async () => {
    await page.keyboard.press('Control+k')
    await expect(input(page)).toBeFocused()
    await page.keyboard.type('dark')
    await expect(chosen(page)).toHaveText('Dark theme')
    await page.keyboard.press('Enter')
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  })
})

test('the button opens the palette, and a search without results says so', async ({ page }) => {
  await page.getByRole('button', { name: 'Search' }).click()
  await input(page).fill('no such thing anywhere')
  await expect(page.getByText('Nothing has “no such thing anywhere” in its name')).toBeVisible()
  await expect(page.getByRole('option')).toHaveCount(0)
  await expectAccessible(page, 'the palette without results')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Search' })).toBeFocused()
})
