import type { Page } from '@playwright/test'
import { expectAccessible } from '../support/axe.ts'
import { enter, expect, logIn, test } from '../support/console-test.ts'

const navigation = (page: Page) => page.getByRole('navigation', { name: 'Documentation' })
const title = (page: Page) => page.getByRole('heading', { level: 1 })
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

test('the documentation is navigated from page to page', async ({ page, context }) => {
  await enter(page)
  await page.getByRole('button', { name: /^Account / }).click()
  await page.getByRole('menuitem', { name: 'Documentation', exact: true }).click()
  await expect(title(page)).toHaveText('Documentation')
  await expectAccessible(page, 'the documentation')

  await test.step('by the navigation', async () => {
    await navigation(page).getByRole('link', { name: 'Settings' }).click()
    await expect(title(page)).toHaveText('Settings')
    await expect(title(page)).toBeFocused()
    await expect(page).toHaveTitle(/^Settings/)
    const current = navigation(page).locator('[aria-current="page"]').filter({ visible: true })
    await expect(current).toHaveText('Settings')
    await expectAccessible(page, 'the settings')
  })

  await test.step('by a link in the text to a section of another page', async () => {
    await page.locator('#fairlead_allowed_hosts').getByRole('link', { name: 'Host names' }).click()
    await expect(page).toHaveURL(/\/docs\/reverse-proxy#host-names$/)
    await expect(page.getByRole('heading', { name: 'Host names' })).toBeInViewport()
  })

  await test.step('code is copied', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto('/docs/backup')
    const code = page.locator('#back-up')
    await code.getByRole('button', { name: 'Copy code' }).click()
    await expect(code.getByText('Copied')).toBeAttached()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      'npm run backup -- /backups/fairlead-$(date +%F).db',
    )
  })

  await test.step('the API reference is in the same navigation', async () => {
    await navigation(page).getByRole('link', { name: 'API reference' }).click()
    await expect(page.getByRole('searchbox', { name: 'Filter calls' })).toBeVisible()
    await expect(title(page)).toHaveText('API reference')
  })

  await test.step('a page that does not exist', async () => {
    await page.goto('/docs/README')
    await expect(title(page)).toHaveText('Not found')
  })
})

test('every page fits a phone, with its navigation in a disclosure', async ({ page }) => {
  await logIn(page)
  await page.goto('/docs')
  const links = navigation(page).getByRole('link').filter({ visible: true })
  const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))
  expect(paths.length).toBeGreaterThan(20)
  await page.setViewportSize({ width: 360, height: 740 })
  for (const path of paths) {
    await page.goto(String(path))
    await expect(title(page)).toBeVisible()
    expect([path, await overflow(page)]).toEqual([path, 0])
  }
  await page.setViewportSize({ width: 320, height: 740 })
  await page.goto('/docs/access-log')
  expect(await overflow(page)).toBe(0)

  await expect(links).toHaveCount(0)
  await navigation(page).getByText('All pages').click()
  await expectAccessible(page, 'the list of pages on a phone')
  await navigation(page).getByRole('link', { name: 'Backup and restore' }).click()
  await expect(title(page)).toHaveText('Backup and restore')
  await expect(links).toHaveCount(0)

  await page.getByRole('article').getByText('On this page').click()
  await page.getByRole('link', { name: 'The secrets key', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'The secrets key' })).toBeInViewport()
})

test('the palette finds pages, sections and terms', async ({ page }) => {
  await enter(page)
  const found = page.getByRole('group', { name: 'Documentation' }).getByRole('option')
  const search = async (text: string) => {
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('combobox', { name: 'Search' })).toBeFocused()
    await page.keyboard.type(text)
  }

  await search('backup and rest')
  await expect(found.first()).toHaveText('Backup and restore')
  await expectAccessible(page, 'the palette with documentation')
  await page.keyboard.press('Escape')

  await search('webhook signature')
  await expect(found.first()).toHaveText('Verify a webhook signature · Notifications')
  await page.keyboard.press('Escape')

  await search('misdirected_request')
  await expect(found).toHaveText(['Errors · Use the API'])
  await page.keyboard.press('Escape')

  await search('fairlead_workers')
  await expect(found.first()).toHaveText('FAIRLEAD_WORKERS · Settings')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/docs\/settings#fairlead_workers$/)
  await expect(page.getByRole('heading', { name: 'FAIRLEAD_WORKERS' })).toBeInViewport()
})

test('the search of the documentation requires a session', async ({ page }) => {
  const response = await page.request.get('/api/documentation')
  expect(response.status()).toBe(401)
  await logIn(page)
  const allowed = await page.request.get('/api/documentation')
  expect([allowed.status(), allowed.headers()['cache-control']]).toEqual([200, 'no-store'])
})
