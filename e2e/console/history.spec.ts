import type { Lb } from '#lib/core/lb.ts'
import { backendOf } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

const PARIS = '/lb/v1/regions/fr-par'

test('the history of a load balancer shows who changed what', async ({
  page,
  api,
  installation,
}) => {
  const lb = await api.ok<Lb>('POST', `${PARIS}/lbs`, {
    name: 'site',
    backends: [backendOf(['10.77.0.1'], 8080)],
    frontends: [{ name: 'entrance', inbound_port: 8077, backend: 'web' }],
  })
  const { backends, frontends } = await api.children(lb.id)
  const [backend, frontend] = [backends[0]?.id, frontends[0]?.id]
  const rule = { name: 'entrance', backend_id: backend }
  await api.ok('PUT', `${PARIS}/frontends/${frontend}`, { ...rule, inbound_port: 8078 })
  const servers = ['10.77.0.2', '10.77.0.3']
  await api.ok('PUT', `${PARIS}/backends/${backend}/servers`, { server_ip: servers })
  await logIn(page)
  await page.goto(`/network/load-balancers/${lb.id}`)
  await page.getByRole('link', { name: 'History' }).click()
  const saves = page.getByRole('list', { name: 'Changes, newest first' }).locator('> li')

  await test.step('each save with its actor and fields', async () => {
    await expect(saves).toHaveCount(3)
    const [newest, before, first] = [saves.nth(0), saves.nth(1), saves.nth(2)]
    await expect(newest).toContainText(`${installation.accessKey} API token`)
    await expect(newest).toContainText('changed the servers of backend rule web')
    await expect(newest.getByRole('insertion')).toHaveText([/10\.77\.0\.2/, /10\.77\.0\.3/])
    await expect(newest.getByRole('deletion')).toHaveText([/10\.77\.0\.1/])
    await expect(before).toContainText('changed frontend rule entrance')
    await expect(before).toContainText(/Port.*8077.*8078/)
    await expect(first).toContainText('made 4 changes at once')
    await expect(first.getByRole('listitem')).toHaveCount(4)
    await expect(newest.getByRole('time')).toHaveAttribute('title', /\d/)
    await expectAccessible(page, 'the history')
  })

  await test.step('a new change appears by itself', async () => {
    const answer = await page.evaluate(async (path) => {
      const body = JSON.stringify({ name: 'site', description: 'Our shop' })
      const headers = { 'content-type': 'application/json' }
      return (await fetch(`/api${path}`, { method: 'PUT', headers, body })).status
    }, `${PARIS}/lbs/${lb.id}`)
    expect(answer).toBe(200)
    await expect(saves).toHaveCount(4)
    await expect(saves.first()).toContainText('ada@example.com changed load balancer site')
    await expect(saves.first()).toContainText(/Description.*None.*Our shop/)
  })

  await test.step('filtered by rule and by actor, in the URL', async () => {
    await page.getByLabel('What was changed').selectOption('Frontend rule entrance')
    await expect(saves).toHaveCount(2)
    await page.getByLabel('Changed by').selectOption('ada@example.com')
    await expect(page.getByText('No change matches')).toBeVisible()
    await expectAccessible(page, 'the history without a match')
    await page.goBack()
    await expect(saves).toHaveCount(2)
    await page.reload()
    await expect(saves).toHaveCount(2)
    await page.goBack()
    await expect(saves).toHaveCount(4)
  })

  await test.step('an existing rule is linked, a deleted one is not', async () => {
    const link = saves.getByRole('link', { name: 'entrance' })
    await expect(link).toHaveCount(2)
    await api.ok('DELETE', `${PARIS}/frontends/${frontend}`)
    await expect(link).toHaveCount(0)
    await saves.getByRole('link', { name: 'web' }).first().click()
    await expect(page).toHaveURL(new RegExp(`/backends#backend-${backend}$`))
  })

  await test.step('older changes are loaded on request', async () => {
    for (let number = 0; number < 51; number++) {
      await api.ok('PUT', `${PARIS}/lbs/${lb.id}`, { name: `site-${number}` })
    }
    await page.goto(`/network/load-balancers/${lb.id}/history`)
    await expect(saves).toHaveCount(50)
    await page.getByRole('button', { name: 'Load older' }).click()
    await expect(saves.last()).toContainText('made 4 changes at once')
    await expect(page.getByRole('button', { name: 'Load older' })).toHaveCount(0)
  })
})

test('a load balancer is restored from its history after a preview', async ({ page, api }) => {
  const lb = await api.ok<Lb>('POST', `${PARIS}/lbs`, {
    name: 'wayback',
    backends: [backendOf(['10.77.0.1'], 8080)],
    frontends: [{ name: 'entrance', inbound_port: 8079, backend: 'web' }],
  })
  const { backends, frontends } = await api.children(lb.id)
  const [backend, frontend] = [backends[0]?.id, frontends[0]?.id]
  await api.ok('PUT', `${PARIS}/backends/${backend}/servers`, { server_ip: ['10.77.0.9'] })
  await api.ok('DELETE', `${PARIS}/frontends/${frontend}`)
  await logIn(page)
  await page.goto(`/network/load-balancers/${lb.id}/history`)
  const saves = page.getByRole('list', { name: 'Changes, newest first' }).locator('> li')
  const dialog = page.getByRole('dialog')
  const steps = dialog.getByRole('list', { name: 'What would change' }).getByRole('listitem')
  const restore = (of: typeof saves) => of.getByRole('button', { name: /^Restore/ }).click()

  await test.step('the newest change can not be restored', async () => {
    await expect(saves).toHaveCount(3)
    await expect(saves.first().getByRole('button')).toHaveCount(0)
  })

  await test.step('the dialog previews the changes, and Esc cancels', async () => {
    await restore(saves.nth(2))
    await expect(dialog).toContainText('can be undone from the history')
    await expect(steps).toHaveCount(2)
    await expect(steps.filter({ hasText: 'Creates frontend rule entrance' })).toHaveCount(1)
    await expect(steps.filter({ hasText: 'Changes backend rule web' })).toContainText('10.77.0.1')
    await expectAccessible(page, 'the preview of a restoration')
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
    await expect(saves).toHaveCount(3)
  })

  await test.step('if something changed meanwhile, nothing is restored and the preview is updated', async () => {
    await restore(saves.nth(2))
    await expect(steps).toHaveCount(2)
    await api.ok('PUT', `${PARIS}/lbs/${lb.id}`, { name: 'renamed' })
    await dialog.getByRole('button', { name: 'Restore' }).click()
    await expect(dialog.getByRole('alert')).toContainText('after you loaded it')
    await expect(steps).toHaveCount(3)
    await expect(steps.first()).toContainText('Changes load balancer wayback')
  })

  await test.step('the restore is a change of its own', async () => {
    await dialog.getByRole('button', { name: 'Restore' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(saves.first()).toContainText('made 3 changes at once')
    await expect(saves.first()).toContainText(/restored load balancer wayback/i)
    const now = await api.children(lb.id)
    expect(now.frontends.map(({ id, inbound_port: port }) => [id, port])).toEqual([
      [frontend, 8079],
    ])
    expect(now.backends.map(({ pool }) => pool)).toEqual([['10.77.0.1']])
    await expect(page.getByRole('heading', { level: 1 })).toContainText('wayback')
  })
})
