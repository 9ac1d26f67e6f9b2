import { readFileSync } from 'node:fs'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { ADMIN } from '../support/installation.ts'

const PASSWORD = 'a viewer of horses'

test('owners see logins, denials and changes', async ({ page, browser, baseURL, api }, info) => {
  const email = `eve-${info.project.name}@example.com`
  const invited = await api.call('POST', '/fairlead/v1/accounts', { email, role: 'viewer' })
  // A token is not an account.
  expect(invited.status).toBe(403)
  await logIn(page)
  const { origin } = new URL(baseURL ?? '')
  const post = (path: string, data: object) =>
    page.request.post(path, { data, headers: { origin } })
  const { link } = await (await post('/api/fairlead/v1/accounts', { email, role: 'viewer' })).json()
  const other = await browser.newContext({ baseURL })
  const eve = await other.newPage()
  await eve.goto('/login')
  await eve.getByLabel('Email').fill(email)
  await eve.getByLabel('Password', { exact: true }).fill('a wrong horse')
  await eve.getByRole('button', { name: 'Log in' }).click()
  await expect(eve.getByText('Email or password is wrong.')).toBeVisible()
  const accepted = await other.request.post('/api/invitation/accept', {
    data: { token: link.token, password: PASSWORD },
    headers: { origin },
  })
  expect(accepted.status()).toBe(201)

  await test.step('actor, event and address', async () => {
    await page.goto('/account/audit')
    const rows = page.getByRole('table', { name: 'Audit log' }).getByRole('row')
    const rowOf = (who: string, what: string) =>
      rows.filter({ hasText: who }).filter({ hasText: what }).first()
    await expect(rowOf(email, 'failed to log in')).toContainText('127.')
    await expect(rowOf(email, 'logged in')).toContainText('by link')
    await expect(rowOf(ADMIN.email, `invited account ${email}`)).toBeVisible()
    await expect(rowOf('API token', 'was denied')).toContainText('POST /fairlead/v1/accounts')
    await expectAccessible(page, 'the audit')
  })

  await test.step('filtered by kind and by name', async () => {
    const rows = page.getByRole('table', { name: 'Audit log' }).locator('tbody tr')
    await page.getByLabel('Who').fill(email.toUpperCase())
    await page.getByLabel('What happened').selectOption('Denials')
    await expect(rows).toHaveCount(1)
    await expect(page).toHaveURL(/kind=denials/)
    await page.reload()
    await expect(rows).toHaveCount(1)
    await expect(page.getByLabel('Who')).toHaveValue(email.toUpperCase())
    const saved = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Export audit log' }).click()
    const file = await saved
    expect(file.suggestedFilename()).toMatch(/^fairlead-audit-.*\.jsonl$/)
    const lines = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'login_failed', actor: { name: email }, cursor: expect.any(String) },
    ])
    await page.getByLabel('Who').fill('nobody like this')
    await expect(page.getByText('Nothing matches')).toBeVisible()
  })

  await test.step('a viewer does not see it', async () => {
    await eve.goto('/account/audit')
    await expect(eve.getByText('An owner can see this')).toBeVisible()
    const refused = await other.request.get('/api/fairlead/v1/audit')
    expect(refused.status()).toBe(403)
    await other.close()
  })
})
