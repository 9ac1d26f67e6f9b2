import type { Page } from '@playwright/test'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { enter, expect, test } from '../support/console-test.ts'

const PORT = 8184
const REGION = '/lb/v1/regions/nl-ams'
let servers: WebServer[]

test.beforeAll(async () => {
  const addresses = ownAddresses(3)
  servers = await Promise.all(addresses.map((ip, index) => startNginx(`web${index}`, ip, PORT)))
})

test.afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.remove()))
})

/** Fills in the required fields of the create page and submits it. */
async function create(page: Page, name: string, chooseIp?: string): Promise<void> {
  await page.getByRole('link', { name: 'Create a Load Balancer' }).first().click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Create a Load Balancer')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('radio', { name: 'Amsterdam' }).check()
  if (chooseIp) await page.getByRole('radio', { name: chooseIp }).check()
  const backend = page.getByRole('group', { name: 'Backend rule 1' })
  await backend.getByLabel('Port', { exact: true }).fill(String(PORT))
  await backend.getByLabel('Server IPs').fill(servers.map(({ address }) => address).join(', '))
  const frontend = page.getByRole('group', { name: 'Frontend rule 1' })
  await frontend.getByLabel('Port', { exact: true }).fill('8000')
  await page.getByRole('button', { name: 'Create a Load Balancer' }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(page.getByText('Healthy', { exact: true })).toBeVisible()
}

test('the life of a load balancer, from the presentation to its conserved address', async ({
  page,
  api,
  installation,
}, info) => {
  const name = `site-${info.project.name}`
  await enter(page)

  await test.step('missing fields are marked', async () => {
    await page.getByRole('link', { name: 'Create a Load Balancer' }).first().click()
    await page.getByRole('button', { name: 'Create a Load Balancer' }).click()
    await expect(page.getByText('Load balancer name is required.')).toBeVisible()
    await expect(page.getByLabel('Name', { exact: true })).toBeFocused()
    await page.goto('/network/load-balancers')
  })

  await test.step('create', () => create(page, name))
  const { lbs } = await api.ok<{ lbs: Lb[] }>('GET', `${REGION}/lbs?name=${name}`)
  const [lb] = lbs
  if (!lb) throw new Error('It was not created.')
  const address = lb.ip[0]?.ip_address as string
  const ask = async () => (await fetch(`http://${address}:8000/`)).text()

  await test.step('its servers answer in turn', async () => {
    const names = new Set<string>()
    await waitFor('all three', async () => names.add(await ask()).size === 3)
  })

  await test.step('a server that stops is shown with its reason, and comes back', async () => {
    await page.getByRole('link', { name: /^Backend rules/ }).click()
    const table = page.getByRole('table', { name: 'Backend rules' })
    await expect(table.getByText('Up', { exact: true })).toHaveCount(3)
    await servers[0]?.kill()
    await expect(table.getByText(/^Down \d+ s/)).toBeVisible()
    await expect(table.getByText(/connection refused/)).toBeVisible()
    await servers[0]?.start()
    await expect(table.getByText('Up', { exact: true })).toHaveCount(3)
  })

  await test.step('after the master was killed, the console shows the backup as active', async () => {
    await page.getByRole('link', { name: 'Overview' }).click()
    const card = (role: string) => page.getByRole('region', { name: `${role} instance` })
    await expect(card('Master').getByText('Active', { exact: true }).first()).toBeVisible()
    const master = lb.instances.find(({ role }) => role === 'master')?.cluster
    const { instances } = await api.lb(lb.id, 'nl-ams')
    const cluster = master ?? instances.find(({ role }) => role === 'master')?.cluster
    process.kill(installation.process(`fairlead node nl-ams-${cluster}`).pid, 'SIGKILL')
    await expect(card('Master').getByText('Standby', { exact: true })).toBeVisible()
    expect(await ask()).toMatch(/^web/)
  })

  await test.step('deleted, its address conserved', async () => {
    await page.getByRole('button', { name: 'Delete Load Balancer' }).click()
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'))
    await expect(dialog.getByRole('radio', { name: `Keep ${address}` })).toBeChecked()
    await dialog.getByRole('textbox').fill(name)
    await dialog.getByRole('button', { name: 'Delete Load Balancer' }).click()
    await expect(page).toHaveURL(/\/network\/load-balancers$/)
    await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0)
    await page.goto('/network/ip-addresses')
    const row = page.getByRole('row').filter({ hasText: address })
    await expect(row.getByText('Conserved')).toBeVisible()
  })

  await test.step('another load balancer takes that address', async () => {
    await page.goto('/network/load-balancers')
    await create(page, `${name}-2`, address)
    await waitFor('it serves', async () => (await ask()).startsWith('web'))
  })
})
