import type { Acl } from '#lib/core/acl.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Route } from '#lib/core/route.ts'
import { backendOf } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

const REGION = '/lb/v1/regions/fr-par'
let lb: Lb
let frontendId: string
let backends: { id: string; name: string }[]

test.beforeEach(async ({ page, api }, info) => {
  lb = await api.ok<Lb>('POST', `${REGION}/lbs`, {
    name: `routed-${info.project.name}-${info.testId}`,
    backends: [
      backendOf(['10.79.0.1'], 8080, { name: 'site' }),
      backendOf(['10.79.0.2'], 8080, { name: 'images' }),
    ],
    frontends: [{ name: 'entrance', inbound_port: 8079, backend: 'site' }],
  })
  const rules = await api.children(lb.id)
  frontendId = rules.frontends[0]?.id ?? ''
  backends = rules.backends
  await logIn(page)
})
test.afterEach(({ api }) => api.ok('DELETE', `${REGION}/lbs/${lb.id}?release_ip=true`))

test("a frontend's routes are created, edited with a conflict, and deleted", async ({
  page,
  api,
}) => {
  await page.goto(`/network/load-balancers/${lb.id}/frontends`)
  await page.getByRole('link', { name: 'Routes and ACLs of entrance' }).click()
  const routes = page.getByRole('list', { name: 'Routes' })
  await expect(routes.getByRole('listitem')).toHaveText([/All traffic\s*to site/])
  await page.getByRole('button', { name: 'Add route' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Add route' }).click()
  await expect(dialog.getByLabel('Host', { exact: true }).last()).toBeFocused()
  await dialog.getByRole('radio', { name: 'Path' }).check()
  await dialog.getByLabel('Path begins with').fill('my images')
  await expect(dialog.getByText(/^A path has no spaces/)).toBeVisible()
  await expectAccessible(page, 'a route in error')
  await dialog.getByLabel('Path begins with').fill('/images')
  await dialog.getByLabel('Backend').selectOption('images')
  await dialog.getByRole('button', { name: 'Add route' }).click()
  await expect(routes.getByRole('listitem')).toHaveText([
    /Path begins with \/images\s*to images/,
    /Everything else\s*to site/,
  ])
  await expectAccessible(page, 'routes')

  const edit = page.getByRole('button', { name: 'Edit route Path begins with /images' })
  await edit.click()
  await dialog.getByLabel('Path begins with').fill('/pictures')
  const { routes: all } = await api.ok<{ routes: Route[] }>(
    'GET',
    `${REGION}/routes?lb_id=${lb.id}`,
  )
  await api.ok('PUT', `${REGION}/routes/${all[0]?.id}`, {
    backend_id: backends.find(({ name }) => name === 'images')?.id,
    match: { path_begin: '/img' },
  })
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('Current: Path begins with /img, to images')).toBeVisible()
  await expectAccessible(page, 'a conflict of routes')
  await dialog.getByRole('button', { name: 'Save mine' }).click()
  await expect(routes).toContainText('Path begins with /pictures')

  await page.goto(`/network/load-balancers/${lb.id}/frontends`)
  await expect(page.getByRole('link', { name: 'Routes and ACLs of entrance' })).toHaveText(
    '+1 route',
  )
  await expectAccessible(page, 'frontends with routes')
  await page.goBack()
  await page.getByRole('button', { name: /^Delete route/ }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete route' }).click()
  await expect(routes.getByRole('listitem')).toHaveCount(1)
})

test('ACLs are reordered with the keyboard, saved as one list, and never overwrite a change by someone else', async ({
  page,
  api,
}) => {
  const path = `${REGION}/frontends/${frontendId}/acls`
  const acl = (name: string, subnet: string) => ({
    name,
    action: { type: 'deny' },
    match: { ip_subnet: [subnet] },
  })
  const one = { ...acl('one', '10.0.0.1'), index: 1 }
  await api.ok('PUT', path, { acls: [one] })
  await page.goto(`/network/load-balancers/${lb.id}/frontends/${frontendId}`)
  const acls = page.getByRole('list', { name: 'ACLs' }).getByRole('listitem')
  await expect(acls).toHaveText([/Deny 10\.0\.0\.1/])
  await page.getByRole('button', { name: 'Add ACL' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('public part')
  await dialog.getByRole('radio', { name: 'Deny' }).check()
  await dialog.getByLabel('Client addresses').fill('10.0.0.0/8, 10.1')
  await dialog.getByLabel('Request').selectOption('Path begins with')
  await dialog.getByLabel('Values').fill('/public')
  await dialog.getByRole('button', { name: 'Add to the list' }).click()
  await expect(dialog.getByText(/^10\.1: Enter an IP address/)).toBeVisible()
  await expectAccessible(page, 'an ACL in error')
  await dialog.getByLabel('Client addresses').fill('')
  await dialog.getByLabel('Apply where this does not match').check()
  await expect(dialog.getByRole('status')).toHaveText(
    'Deny everyone unless path begins with /public.',
  )
  await dialog.getByRole('button', { name: 'Add to the list' }).click()
  await page.getByRole('button', { name: 'Move public part up' }).press('Enter')
  await expect(acls).toHaveText([/unless path begins with/, /10\.0\.0\.1/])
  await expect(page.getByRole('button', { name: 'Move public part up' })).toBeFocused()

  // Someone else saves first.
  await api.ok('PUT', path, { acls: [one, { ...acl('two', '10.0.0.2'), index: 2 }] })
  await page.getByRole('button', { name: 'Save ACLs' }).click()
  const conflict = page.getByRole('status').filter({ hasText: 'Somebody else has changed' })
  await expect(conflict).toContainText('Deny 10.0.0.2')
  await expectAccessible(page, 'a conflict of ACLs')
  await conflict.getByRole('button', { name: 'Save mine' }).click()
  await expect(page.getByText('The ACLs are saved.')).toBeVisible()
  const { acls: now } = await api.ok<{ acls: Acl[] }>('GET', `${path}?order_by=name_asc`)
  expect(now.map(({ name, index }) => [name, index])).toEqual([
    ['one', 3],
    ['public part', 2],
  ])
  // The note of the success may lie on the buttons, and stays while the pointer is on it.
  await page.getByRole('button', { name: 'Close toast' }).click()
  await page.getByRole('button', { name: 'Remove ACL one' }).click()
  await page.getByRole('button', { name: 'Discard' }).click()
  await expect(acls).toHaveCount(2)
})

test("the API's errors for a list of ACLs are shown at the ACL and its input", async ({
  page,
  api,
}) => {
  const path = `${REGION}/frontends/${frontendId}/acls`
  const deny = { name: 'office', action: { type: 'deny' }, match: { ip_subnet: ['10.0.0.1'] } }
  await api.ok('PUT', path, { acls: [{ ...deny, index: 1 }] })
  await page.goto(`/network/load-balancers/${lb.id}/frontends/${frontendId}`)
  const acls = page.getByRole('list', { name: 'ACLs' }).getByRole('listitem')
  await page.getByRole('button', { name: 'Add ACL' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('bots')
  await dialog.getByLabel('Request').selectOption('Path matches (regular expression)')
  await dialog.getByLabel('Values').fill('^/a\n(?=b)')
  await dialog.getByRole('button', { name: 'Add to the list' }).click()
  await page.getByRole('button', { name: 'Save ACLs' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'were not saved' })).toContainText(
    'Correct the marked ACLs.',
  )
  await expect(acls.nth(1)).toContainText('look-around')
  await expect(acls.nth(0)).not.toContainText('look-around')
  await page.getByRole('button', { name: 'Edit ACL bots' }).click()
  await expect(dialog.getByLabel('Values')).toHaveAccessibleDescription(/look-around/)
  await expectAccessible(page, 'an ACL that was refused')
  await dialog.getByLabel('Values').fill('a.{40}(a?b?){30}[cd]\n'.repeat(8))
  await expect(dialog.getByText('look-around')).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await expect(acls.nth(1)).not.toContainText('look-around')
  await page.getByRole('button', { name: 'Save ACLs' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'were not saved' })).toContainText(
    /would take 2\d{3} steps per character together\. The limit is 2000\./,
  )
})
