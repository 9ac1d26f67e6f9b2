import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

test('a token is created, used, seen to be used, and revoked', async ({
  page,
  installation,
}, info) => {
  const name = `deploy-${info.project.name}`
  await logIn(page)
  if (info.project.name === 'phone') await page.goto('/account/api-tokens')
  else {
    await page.goto('/')
    await page.getByRole('button', { name: /^Account / }).click()
    await expect(page.getByRole('menuitem')).toHaveText([
      'Security',
      'People',
      'Audit log',
      'API tokens',
      'API documentation',
      'Log out',
    ])
    await page.getByRole('menuitem', { name: 'API tokens' }).click()
  }
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('API tokens')
  await expectAccessible(page, 'API tokens')

  const create = page.getByRole('button', { name: 'Create API token' }).first()
  await create.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').focus()
  await page.keyboard.press('Enter')
  await expect(dialog.getByText('Token name is required.')).toBeVisible()
  await expectAccessible(page, 'a token without a name')
  await page.keyboard.type(name)
  await dialog.getByLabel('Expires').selectOption('On a date')
  await dialog.getByLabel('Date').fill('2020-01-01')
  await dialog.getByLabel('Date').press('Enter')
  await expect(dialog.getByText('Expiry must be in the future.')).toBeVisible()
  await dialog.getByLabel('Expires').selectOption('1 year')
  await dialog.getByRole('button', { name: 'Create API token' }).click()

  const shown = page.getByRole('dialog', { name: `API token ${name} is created` })
  await expect(shown).toBeVisible()
  await expectAccessible(page, 'a secret shown once')
  const text = await shown.locator('pre').textContent()
  expect(text).toContain(`SCW_API_URL=${installation.apiUrl}\n`)
  const secret = /SCW_SECRET_KEY=(\S+)/.exec(text ?? '')?.[1] ?? ''
  await page.keyboard.press('Escape')
  await expect(shown.getByRole('button', { name: 'Done' })).toHaveAttribute('aria-disabled', 'true')
  await shown.getByLabel('I have saved this token').check()
  await shown.getByRole('button', { name: 'Done' }).click()
  await expect(shown).toHaveCount(0)
  await expect(page.getByText(secret)).toHaveCount(0)

  const ask = () =>
    fetch(`${installation.apiUrl}/fairlead/v1/lbs`, { headers: { 'X-Auth-Token': secret } })
  const row = page.getByRole('row').filter({ hasText: name })
  await expect(row).toContainText('Never')
  expect((await ask()).status).toBe(200)
  await expect(row.getByRole('cell', { name: /ago$/ }).last()).toBeVisible()

  await row.getByRole('button', { name: `Revoke ${name}` }).click()
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText(/It was last used .* ago/)
  await expectAccessible(page, 'asking to revoke')
  await question.getByRole('button', { name: 'Revoke API token' }).click()
  // Behind an open dialog nothing has a role.
  await expect(question).toHaveCount(0)
  await expect(row).toHaveCount(0)
  expect((await ask()).status).toBe(401)
})

test('the token of the settings says why it is not revoked here', async ({ page }) => {
  await logIn(page)
  await page.goto('/account/api-tokens')
  await expect(page.getByRole('button', { name: 'Revoke From the settings' })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
})
