import { expect, test } from '@playwright/test'
import { type Installation, startInstallation } from '../support/installation.ts'

let installation: Installation

test.beforeAll(async () => {
  const env = { FAIRLEAD_ADMIN_EMAIL: '', FAIRLEAD_ADMIN_PASSWORD: '' }
  installation = await startInstallation({ env })
})

test.afterAll(() => installation?.remove())

test('the one-time link creates one account only', async ({ page, browser }) => {
  const link = /^Create the first account: (\S+)$/m.exec(installation.output())?.[1]
  if (!link) throw new Error('No link was printed.')

  await test.step('without an account, the login page says where the link is', async () => {
    await page.goto(installation.consoleUrl)
    await expect(page.getByText(/npm start/)).toBeVisible()
    await expect(page.getByRole('button', { name: 'Log in' })).toHaveCount(0)
  })

  await test.step('a wrong link creates no account', async () => {
    await page.goto(`${link}x`)
    await page.getByLabel('Email').fill('eve@example.com')
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Create your account' }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'was not created' })).toBeVisible()
  })

  await test.step('a weak password is rejected', async () => {
    await page.goto(link)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Create your account')
    await page.getByLabel('Email').fill('ada@example.com')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Create your account' }).click()
    await expect(page.getByText('Password must have at least 8 characters.')).toBeVisible()
  })

  await test.step('the new account is logged in and sees the product presentation', async () => {
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Create your account' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Load Balancer')
    await expect(page.getByRole('navigation').getByText('Network')).toBeVisible()
  })

  await test.step('scripts can not read the cookie', async () => {
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    expect(await page.evaluate(() => document.cookie)).not.toContain(cookie?.value)
  })

  await test.step('the link is used up, and the account can log in', async () => {
    const other = await browser.newPage()
    await other.goto(link)
    await expect(other.getByRole('button', { name: 'Create your account' })).toHaveCount(0)
    await other.goto(installation.consoleUrl)
    await other.getByLabel('Email').fill('ada@example.com')
    await other.getByLabel('Password').fill('wrong horse battery')
    await other.getByRole('button', { name: 'Log in' }).click()
    await expect(other.getByRole('alert')).toBeVisible()
    await other.getByLabel('Password').fill('correct horse battery')
    await other.getByRole('button', { name: 'Log in' }).click()
    await expect(other.getByRole('heading', { level: 1 })).toHaveText('Load Balancer')
    await other.close()
  })

  await test.step('after the log-out, pages redirect to the login', async () => {
    await page.getByRole('button', { name: /ada@example.com/ }).click()
    await page.getByRole('menuitem', { name: 'Log out' }).click()
    await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible()
    await page.goto(`${installation.consoleUrl}/network/ip-addresses`)
    await expect(page).toHaveURL(/\/login/)
  })
})
