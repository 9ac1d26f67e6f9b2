import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

const PASSWORD = 'a viewer of horses'
const VIEWER = /You are a viewer/

test('an account is invited, becomes an editor, is disabled and is removed', async ({
  page,
  browser,
  baseURL,
  context,
}, info) => {
  const email = `bob-${info.project.name}@example.com`
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await logIn(page)
  await page.goto('/account/people')
  const row = page
    .getByRole('table', { name: 'People' })
    .getByRole('row')
    .filter({ hasText: email })
  const menu = page.getByRole('button', { name: `Actions for ${email}` })
  const dialog = page.getByRole('dialog')
  let link = ''

  await test.step('invited with a link', async () => {
    await page.getByRole('button', { name: 'Invite somebody' }).click()
    await dialog.getByLabel('Email').fill('bob')
    await dialog.getByRole('button', { name: 'Invite' }).click()
    await expect(dialog.getByText(/^Enter a valid email address/)).toBeVisible()
    await dialog.getByLabel('Email').fill(email)
    await dialog.getByLabel('Name').fill('Bob')
    await expectAccessible(page, 'an invitation')
    await dialog.getByRole('button', { name: 'Invite' }).click()
    const shown = page.getByRole('dialog', { name: `${email} is invited` })
    await shown.getByRole('button', { name: 'Copy link' }).click()
    link = await page.evaluate(() => navigator.clipboard.readText())
    expect(link).toMatch(/^http:\/\/[\d.:]+\/invite#[\w-]{43}$/)
    await expectAccessible(page, 'an invitation link')
    await shown.getByRole('button', { name: 'Done' }).click()
    await expect(row).toContainText('Invited')
    await expectAccessible(page, 'people')
  })

  const other = await browser.newContext({ baseURL })
  const bob = await other.newPage()

  await test.step('they set a password and see the console as a viewer', async () => {
    await bob.goto(link)
    await expect(bob.getByRole('heading', { level: 1 })).toHaveText('Welcome, Bob')
    await expectAccessible(bob, 'a welcome')
    await bob.getByLabel('Password', { exact: true }).fill('short')
    await bob.getByRole('button', { name: 'Set password and log in' }).click()
    await expect(bob.getByText('Password must have at least 8 characters.')).toBeVisible()
    await bob.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await bob.getByRole('button', { name: 'Set password and log in' }).click()
    await expect(bob).toHaveURL(/\/network\/load-balancers$/)
    await bob.goto('/account/api-tokens')
    const create = bob.getByRole('button', { name: 'Create API token' }).first()
    await expect(create).toHaveAccessibleDescription(VIEWER)
    await bob.goto('/account/people')
    await expect(bob.getByRole('table', { name: 'People' })).toBeVisible()
    await expect(bob.getByRole('button', { name: /Invite|Actions/ })).toHaveCount(0)
    // A viewer sees no email address but their own.
    await expect(bob.getByRole('table', { name: 'People' })).toContainText(email)
    await expect(bob.getByRole('table', { name: 'People' })).not.toContainText('ada@example.com')
    const { origin } = new URL(bob.url())
    const refused = await other.request.post('/api/lb/v1/regions/fr-par/lbs', {
      data: { name: 'mine' },
      headers: { origin },
    })
    expect(refused.status()).toBe(403)
  })

  await test.step('the link is used up', async () => {
    const third = await browser.newContext({ baseURL })
    const stranger = await third.newPage()
    await stranger.goto(link)
    await expect(stranger.getByText(/^This link has been used/)).toBeVisible()
    await third.close()
  })

  await test.step('they become an editor', async () => {
    await page.reload()
    await expect(row).toContainText('Active')
    await page.getByLabel(`Role of ${email}`).selectOption('Editor')
    await expect(page.getByText(`${email} is an editor now.`)).toBeVisible()
    await bob.goto('/account/api-tokens')
    const create = bob.getByRole('button', { name: 'Create API token' }).first()
    await expect(create).not.toHaveAccessibleDescription(VIEWER)
  })

  await test.step('the last owner can not be changed', async () => {
    const role = page.getByLabel('Role of ada@example.com')
    await role.selectOption('Viewer')
    await expect(page.getByText(/^This is the last owner/)).toBeVisible()
    await expect(role).toHaveValue('owner')
  })

  await test.step('disabling ends their session at once', async () => {
    await menu.click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await expect(row).toContainText('Disabled')
    await bob.goto('/network/ip-addresses')
    await expect(bob).toHaveURL(/\/login\?next=/)
    await menu.click()
    await page.getByRole('menuitem', { name: 'Enable' }).click()
    await expect(row).toContainText('Active')
  })

  await test.step('a link for a new password', async () => {
    await menu.click()
    await page.getByRole('menuitem', { name: 'Password link' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Make a link' }).click()
    const shown = page.getByRole('dialog', { name: `A link for ${email}` })
    await bob.goto((await shown.getByText(/^http.*\/invite#/).textContent()) ?? '')
    await expect(bob.getByRole('heading', { level: 1 })).toHaveText('Choose a new password')
    await shown.getByRole('button', { name: 'Done' }).click()
  })

  await test.step('removed', async () => {
    await menu.click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await expect(row).toHaveCount(0)
    await other.close()
  })
})
