import type { Browser, Page } from '@playwright/test'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { createTestLb, type TestLb } from '../support/test-lb.ts'

const PORT = 8191
let server: WebServer
let testLb: TestLb

test.beforeAll(async () => {
  const [address = ''] = ownAddresses(1)
  server = await startNginx('web', address, PORT)
})
test.afterAll(async () => server?.remove())
test.beforeEach(async ({ api }, info) => {
  const name = `conflict-${info.workerIndex}`
  testLb = await createTestLb(api, { name, servers: [server.address], port: PORT })
})
test.afterEach(() => testLb?.remove())

const edit = (page: Page, name: string) => page.getByRole('button', { name: `Edit ${name}` })
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true })

/** A second person's browser. */
async function secondBrowser(browser: Browser, baseURL: string | undefined): Promise<Page> {
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL })
  const page = await context.newPage()
  await logIn(page)
  return page
}

async function change(page: Page, name: string, label: string, value: string): Promise<void> {
  await edit(page, name).click()
  await page
    .getByLabel(`${label}, ${name.startsWith('web') ? 'backend' : 'frontend'} ${name}`)
    .fill(value)
  await save(page).click()
  await expect(page.getByText(/^Applied on 2 of 2/)).toBeVisible()
}

test('two people change one rule', async ({ page, browser, baseURL }) => {
  await logIn(page)
  const other = await secondBrowser(browser, baseURL)
  await page.goto(testLb.path('/frontends'))
  await other.goto(testLb.path('/frontends'))

  await test.step('changes of different inputs are merged silently', async () => {
    await edit(page, 'public').click()
    await page.getByLabel('Name, frontend public').fill('web')
    await change(other, 'public', 'Port', '8020')
    await save(page).click()
    await expect(edit(page, 'web')).toBeFocused()
    expect(await testLb.frontend('web')).toMatchObject({ inbound_port: 8020 })
  })

  await test.step('changes of one input are a conflict; the draft is saved', async () => {
    await edit(page, 'raw').click()
    await page.getByLabel('Port, frontend raw').fill('8030')
    await change(other, 'raw', 'Port', '8031')
    await expect(page.getByText('Yours: 8030')).toBeVisible()
    await expect(page.getByText(/Current: 8031, changed by ada@example.com/)).toBeVisible()
    await expectAccessible(page, 'conflict')
    await page.getByRole('button', { name: 'Save mine' }).click()
    await expect(edit(page, 'raw')).toBeFocused()
    expect(await testLb.frontend('raw')).toMatchObject({ inbound_port: 8030 })
  })

  await test.step('or the current value is used, and the rest of the draft is kept', async () => {
    await other.reload()
    await edit(page, 'raw').click()
    await page.getByLabel('Port, frontend raw').fill('8040')
    await page.getByLabel('Name, frontend raw').fill('mine')
    await change(other, 'raw', 'Port', '8041')
    await page.getByRole('button', { name: 'Use current' }).click()
    await expect(page.getByLabel('Port, frontend raw')).toHaveValue('8041')
    await expect(page.getByLabel('Name, frontend raw')).toHaveValue('mine')
    await save(page).click()
    await expect(edit(page, 'mine')).toBeFocused()
    expect(await testLb.frontend('mine')).toMatchObject({ inbound_port: 8041 })
  })
  await other.context().close()
})

test('servers that two people add are merged', async ({ page, api }) => {
  await logIn(page)
  await page.goto(testLb.path('/backends'))
  await edit(page, 'web').click()
  const servers = page.getByLabel('Server IPs, backend web')
  await servers.fill(`${server.address}\n10.0.0.1`)
  const { id } = await testLb.backend('web')
  await api.ok('POST', `/lb/v1/regions/fr-par/backends/${id}/servers`, { server_ip: ['10.0.0.2'] })
  await save(page).click()
  await expect(edit(page, 'web')).toBeFocused()
  expect((await testLb.backend('web')).pool).toEqual([server.address, '10.0.0.2', '10.0.0.1'])
})

test('the draft of a rule that someone else deleted is kept and can be created again', async ({
  page,
  api,
}) => {
  await logIn(page)
  await page.goto(testLb.path('/frontends'))
  await edit(page, 'public').click()
  await page.getByLabel('Port, frontend public').fill('8050')
  const { id } = await testLb.frontend('public')
  await api.ok('DELETE', `/lb/v1/regions/fr-par/frontends/${id}`)
  await expect(page.getByText('Somebody else has deleted public meanwhile.')).toBeVisible()
  await expect(page.getByLabel('Port, frontend public')).toHaveValue('8050')
  await expectAccessible(page, 'deleted meanwhile')
  await page.getByRole('button', { name: 'Create again' }).click()
  await expect(edit(page, 'public')).toBeFocused()
  expect(await testLb.frontend('public')).toMatchObject({ inbound_port: 8050 })
})

test('two people change the load balancer itself', async ({ page, api }) => {
  await logIn(page)
  await page.goto(testLb.path())
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('mine')
  const path = `/lb/v1/regions/fr-par/lbs/${testLb.lb.id}`
  await api.ok('PUT', path, { name: testLb.lb.name, description: 'theirs', tags: [] })

  await test.step('their description and my name are both kept', async () => {
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'mine' })).toBeVisible()
    await expect(dialog).toHaveCount(0)
    expect(await api.lb(testLb.lb.id)).toMatchObject({ name: 'mine', description: 'theirs' })
  })

  await test.step('two names are shown side by side', async () => {
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await dialog.getByLabel('Name', { exact: true }).fill('mine again')
    await api.ok('PUT', path, { name: 'theirs', description: 'theirs', tags: [] })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog.getByText('Yours: mine again')).toBeVisible()
    await expect(dialog.getByText(/Current: theirs, changed by/)).toBeVisible()
    await expectAccessible(page, 'conflict of a load balancer')
    await dialog.getByRole('button', { name: 'Use current' }).click()
    await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('theirs')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toHaveCount(0)
  })
})
