import type { Page } from '@playwright/test'
import { Api } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { test as base, enter, expect } from '../support/console-test.ts'
import { startInstallation } from '../support/installation.ts'
import { createMany, largePools } from '../support/many-lbs.ts'

const COUNT = 1200
const ROWS_MAX = 100

/** An installation with many load balancers. */
const test = base.extend({
  installation: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
    async ({}, use) => {
      const installation = await startInstallation({ env: { FAIRLEAD_IP_POOLS: largePools() } })
      await createMany(new Api(installation), 'lb', COUNT)
      await use(installation)
      await installation.remove()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

const rows = (page: Page) => page.locator('tbody tr:not([aria-hidden])')
const firstName = (page: Page) => rows(page).first().getByRole('rowheader')

/** Both widths run in one worker, so that only one installation has to be filled. */
const VIEWPORTS = {
  desktop: { width: 1280, height: 720 },
  phone: { width: 360, height: 740 },
}

for (const [width, viewport] of Object.entries(VIEWPORTS)) {
  test.describe(width, () => {
    test.use({ viewport })
    test.beforeEach(({ page }) => enter(page))

    test('filter, order and page of the list are in the URL, and Back undoes them', async ({
      page,
    }) => {
      await expect(rows(page)).toHaveCount(50)
      await expect(page.getByText(`1 to 50 of ${COUNT}`)).toBeVisible()
      await expectAccessible(page, 'the list')

      await test.step('page', async () => {
        await page.getByRole('button', { name: 'Next' }).click()
        await expect(page.getByText(`51 to 100 of ${COUNT}`)).toBeVisible()
        await expect(page).toHaveURL(/\?page=2$/)
      })

      await test.step('sort', async () => {
        await page.getByLabel('Order').selectOption('Name, Z to A')
        await expect(firstName(page)).toHaveText('lb-1200')
        await expect(page).toHaveURL(/\?order=name_desc$/)
      })

      await test.step('filter by region, tag and text', async () => {
        await page.getByLabel('Region').selectOption('Amsterdam')
        await expect(firstName(page)).toHaveText('lb-1200')
        await page.getByRole('button', { name: 'Filter by tag hundredth' }).first().click()
        await expect(rows(page)).toHaveCount(12)
        await expect(page.getByText('12 load balancers match.')).toBeAttached()
        await page.getByRole('searchbox').fill('lb-03')
        await expect(rows(page)).toHaveCount(1)
        await expect(firstName(page)).toHaveText('lb-0300')
        await expect(page).toHaveURL(/\?search=lb-03&region=nl-ams&tag=hundredth&order=name_desc$/)
        await expectAccessible(page, 'a filtered list')
      })

      await test.step('a reload shows the same', async () => {
        await page.reload()
        await expect(rows(page)).toHaveCount(1)
        await expect(page.getByRole('searchbox')).toHaveValue('lb-03')
      })

      await test.step('Back', async () => {
        await page.goBack()
        await expect(page).toHaveURL(/\?region=nl-ams&order=name_desc$/)
        await expect(page.getByText('1 to 50 of 120')).toBeVisible()
        await expect(page.getByRole('searchbox')).toHaveValue('')
        await page.goBack()
        await expect(page).toHaveURL(/\?order=name_desc$/)
        await page.goBack()
        await expect(page.getByText(`51 to 100 of ${COUNT}`)).toBeVisible()
      })
    })

    test('a filter that matches nothing says so, and can be cleared', async ({ page }) => {
      await page.goto('/network/load-balancers?region=nl-ams')
      await page.getByRole('searchbox').fill('nothing like it')
      await expect(page.getByText('No load balancer matches', { exact: true })).toBeVisible()
      await expect(
        page.getByText('There is none in Amsterdam that has “nothing like it” in its name'),
      ).toBeVisible()
      await expectAccessible(page, 'no match')
      await page.getByRole('button', { name: 'Clear the filter' }).click()
      await expect(page.getByText(`1 to 50 of ${COUNT}`)).toBeVisible()
      await expect(page.getByRole('searchbox')).toHaveValue('')
      await page.goto('/network/load-balancers?page=99')
      await page.getByRole('button', { name: 'Go to the first page' }).click()
      await expect(rows(page)).toHaveCount(50)
    })

    test('the header sorts with the keyboard', async ({ page }) => {
      test.skip(width === 'phone', 'Cards have no header; phones have a select instead.')
      const header = page.getByRole('columnheader', { name: 'Name' })
      await header.getByRole('button').focus()
      await page.keyboard.press('Enter')
      await expect(header).toHaveAttribute('aria-sort', 'ascending')
      await expect(firstName(page)).toHaveText('lb-0001')
      await page.keyboard.press('Enter')
      await expect(header).toHaveAttribute('aria-sort', 'descending')
      await expect(firstName(page)).toHaveText('lb-1200')
    })

    test('of 1,200 addresses only those near the viewport are rendered', async ({ page, api }) => {
      await page.goto('/network/ip-addresses')
      const table = page.getByRole('table', { name: 'IP addresses' })
      await expect(table).toHaveAttribute('aria-rowcount', String(COUNT + 1))
      expect(await page.locator('tr').count()).toBeLessThanOrEqual(ROWS_MAX)
      await expectAccessible(page, 'long list of addresses')

      await test.step('at the end too', async () => {
        // Cards are taller than the estimate, so the end of the page moves down once they are measured.
        await expect(async () => {
          await page.keyboard.press('End')
          await expect(table.locator(`[aria-rowindex="${COUNT + 1}"]`)).toBeVisible({
            timeout: 500,
          })
        }).toPass()
        expect(await page.locator('tr').count()).toBeLessThanOrEqual(ROWS_MAX)
      })

      await test.step('a focused row stays mounted, and Tab continues from it', async () => {
        const [fifth, sixth] = [5, 6].map((index) => table.locator(`[aria-rowindex="${index}"]`))
        if (!fifth || !sixth) throw new Error('There are no rows.')
        // Measuring rows moves the start of the page as it moves the end.
        await expect(async () => {
          await page.keyboard.press('Home')
          await expect(fifth).toBeVisible({ timeout: 500 })
        }).toPass()
        await fifth.getByRole('button').last().focus()
        await page.mouse.wheel(0, 30_000)
        await expect(table.locator('[aria-rowindex="2"]')).toHaveCount(0)
        await expect(fifth.getByRole('button').last()).toBeFocused()
        await page.keyboard.press('Tab')
        await expect(sixth.getByRole('button').first()).toBeFocused()
      })

      await test.step('a link to an address scrolls to its row', async () => {
        const { ips } = await api.ok<{ ips: { id: string; ip_address: string }[] }>(
          'GET',
          '/fairlead/v1/ips?page=9&page_size=100',
        )
        await page.goto(`/network/ip-addresses#ip-${ips[7]?.id}`)
        await expect(page.getByText(ips[7]?.ip_address ?? '', { exact: true })).toBeInViewport()
      })
    })

    test('IP addresses are filtered and sorted', async ({ page }) => {
      await page.goto('/network/ip-addresses')
      const table = page.getByRole('table', { name: 'IP addresses' })
      await page.getByRole('searchbox').fill('lb-012')
      await expect(table).toHaveAttribute('aria-rowcount', '11')
      await page.getByLabel('Order').selectOption('Attached to, Z to A')
      await expect(rows(page).first()).toContainText('lb-0129')
      await page.getByLabel('Region').selectOption('Amsterdam')
      await expect(rows(page)).toHaveCount(1)
      await expect(page).toHaveURL(/\?search=lb-012&region=nl-ams&order=lb_desc$/)
      await page.getByLabel('State').selectOption('Conserved')
      await expectAccessible(page, 'addresses without a match')
      await page.getByRole('button', { name: 'Clear the filter' }).click()
      await expect(table).toHaveAttribute('aria-rowcount', String(COUNT + 1))
      await page.goBack()
      await page.goBack()
      await expect(rows(page)).toHaveCount(1)
      await expect(page.getByRole('searchbox')).toHaveValue('lb-012')
    })
  })
}
