import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

test('a token is created, used and revoked, and its last use is shown', async ({
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
      'Documentation',
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
  await expect(dialog.getByLabel('Expires')).toHaveValue('90')
  await dialog.getByLabel('Allowed networks').fill('127.0.0.0/8\n10.0.0.0/33')
  await dialog.getByLabel('Name').focus()
  await expect(
    dialog.getByText(
      '10.0.0.0/33 is not an IP address or network. Enter one such as 203.0.113.0/24.',
    ),
  ).toBeVisible()
  await dialog.getByLabel('Allowed networks').fill('127.0.0.0/8')
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
  // Its creation and its last use.
  await expect(row.getByRole('cell', { name: /ago$/ })).toHaveCount(2)
  await expect(row).toContainText('ada@example.com')
  await expect(row).toContainText('from 127.0.0.0/8')

  await row.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText(/It was last used .* ago/)
  await expectAccessible(page, 'asking to revoke')
  await question.getByRole('button', { name: 'Revoke API token' }).click()
  // The page behind an open dialog is hidden from roles.
  await expect(question).toHaveCount(0)
  await expect(row).toHaveCount(0)
  expect((await ask()).status).toBe(401)
})

test('a token is limited to networks, refused once its owner is removed, and handed over', async ({
  page,
  installation,
}, info) => {
  const name = `pipeline-${info.project.name}`
  const email = `eve-${info.project.name}@example.com`
  await logIn(page)
  await page.goto('/account/people')
  const { origin } = new URL(page.url())
  const invited = await page.request.post('/api/fairlead/v1/accounts', {
    data: { email, role: 'editor' },
    headers: { origin },
  })
  const { link } = await invited.json()
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${installation.apiUrl}/fairlead/v1${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    })
    return response.json()
  }
  const password = 'a pipeline of horses'
  const session = await post('/invitation/accept', { token: link.token, password })
  const made = await post('/tokens', { name }, { Authorization: `Bearer ${session.token}` })
  const ask = async () =>
    (
      await fetch(`${installation.apiUrl}/fairlead/v1/lbs`, {
        headers: { 'X-Auth-Token': made.secret_key },
      })
    ).status
  expect(await ask()).toBe(200)

  await test.step('limited to networks', async () => {
    await page.goto('/account/api-tokens')
    const row = page.getByRole('row').filter({ hasText: name })
    await expect(row).toContainText(email)
    await page.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog', { name: `Edit API token ${name}` })
    await dialog.getByLabel('Allowed networks').fill('203.0.113.0/24')
    await expectAccessible(page, 'a token that is edited')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(row).toContainText('from 203.0.113.0/24')
    expect(await ask()).toBe(403)
    await page.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await dialog.getByLabel('Allowed networks').fill('')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toHaveCount(0)
    expect(await ask()).toBe(200)
  })

  await test.step('the dialog that removes its owner says that it stops working', async () => {
    await page.goto('/account/people')
    await page.getByRole('button', { name: `Actions for ${email}` }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    const question = page.getByRole('alertdialog')
    await expect(question).toContainText(`Their API token “${name}” stops working`)
    await question.getByRole('button', { name: 'Remove' }).click()
    await expect(question).toHaveCount(0)
    expect(await ask()).toBe(401)
  })

  await test.step('handed over', async () => {
    await page.goto('/account/api-tokens')
    const row = page.getByRole('row').filter({ hasText: name })
    await expect(row).toContainText('Removed account')
    await expect(row).toContainText('Disabled')
    await expectAccessible(page, 'a disabled token')
    await page.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Hand over' }).click()
    const dialog = page.getByRole('dialog', { name: `Hand over API token ${name}?` })
    await dialog.getByRole('button', { name: 'Hand over token' }).click()
    await expect(dialog.getByText('Choose an account.')).toBeVisible()
    await dialog.getByLabel('New owner').selectOption('ada@example.com')
    await expectAccessible(page, 'handing a token over')
    await dialog.getByRole('button', { name: 'Hand over token' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(row).toContainText('ada@example.com')
    await expect(row).not.toContainText('Disabled')
    expect(await ask()).toBe(200)
  })
})

test('the token of the settings says why it can not be revoked here', async ({ page }) => {
  await logIn(page)
  await page.goto('/account/api-tokens')
  await page.getByRole('button', { name: 'Actions for From the settings' }).click()
  const revoke = page.getByRole('menuitem', { name: 'Revoke' })
  await expect(revoke).toHaveAttribute('aria-disabled', 'true')
  await expect(revoke).toContainText('set by FAIRLEAD_ACCESS_KEY')
})
