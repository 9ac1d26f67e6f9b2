import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { ADMIN } from '../support/installation.ts'

const ANOTHER = 'a longer staple battery'

test('sessions are listed and ended, and a new password ends the others', async ({
  page,
  browser,
  baseURL,
}) => {
  /** Another browser, logged in with the form. */
  const another = async () => {
    const context = await browser.newContext({ baseURL, userAgent: 'curl/8.14.1' })
    const elsewhere = await context.newPage()
    await elsewhere.goto('/network/load-balancers')
    await elsewhere.getByLabel('Email').fill(ADMIN.email)
    await elsewhere.getByLabel('Password', { exact: true }).fill(ADMIN.password)
    await elsewhere.getByRole('button', { name: 'Log in' }).click()
    await expect(elsewhere.getByRole('heading', { level: 1 })).toHaveText(/Load Balancer/)
    return elsewhere
  }
  const isOut = async (elsewhere: typeof page) => {
    await elsewhere.goto('/network/ip-addresses')
    await expect(elsewhere).toHaveURL(/\/login\?next=/)
    await elsewhere.context().close()
  }
  await logIn(page)

  await test.step('one session is ended', async () => {
    const elsewhere = await another()
    await page.goto('/account/security')
    const table = page.getByRole('table', { name: 'Sessions' })
    const own = table.getByRole('row').filter({ hasText: 'This one' })
    await expect(own).toHaveCount(1)
    await expect(own.getByRole('button')).toHaveCount(0)
    await expectAccessible(page, 'sessions')
    const row = table.getByRole('row').filter({ hasText: 'curl' })
    await row.getByRole('button', { name: /^End curl, 127/ }).click()
    await expect(row).toHaveCount(0)
    await isOut(elsewhere)
  })

  await test.step('a weak new password and a wrong current one are rejected', async () => {
    await page.getByLabel('Current password').fill('a wrong horse')
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(page.getByText('Password must have at least 8 characters.')).toBeVisible()
    await page.getByLabel('New password').fill(ANOTHER)
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(page.getByText('This is not your password.')).toBeVisible()
    await expectAccessible(page, 'a wrong password')
  })

  await test.step('a new password ends the other sessions but not this one', async () => {
    const elsewhere = await another()
    await page.getByLabel('Current password').fill(ADMIN.password)
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(page.getByText('Your password is changed.')).toBeVisible()
    await expect(page.getByLabel('New password')).toHaveValue('')
    const table = page.getByRole('table', { name: 'Sessions' })
    // The header and this session.
    await expect(table.getByRole('row')).toHaveCount(2)
    await isOut(elsewhere)
    await page.reload()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Security')
    await page.getByLabel('Current password').fill(ANOTHER)
    await page.getByLabel('New password').fill(ADMIN.password)
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(page.getByText('Your password is changed.')).toBeVisible()
  })

  await test.step('all other sessions are ended at once', async () => {
    const elsewhere = await another()
    await page.reload()
    await page.getByRole('button', { name: 'End all others' }).click()
    await expect(page.getByText('One session has ended.')).toBeVisible()
    await expect(page.getByRole('button', { name: 'End all others' })).toHaveCount(0)
    await isOut(elsewhere)
  })
})
