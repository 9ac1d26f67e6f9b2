import type { Browser, Page } from '@playwright/test'
import { parseJoinToken } from '#lib/protocol/join.ts'
import { configPath } from '#lib/protocol/stream.ts'
import { joinNode, joinWithSecret } from '#lib/testing/control-plane/joined-node.ts'
import { followRequest } from '#lib/testing/control-plane/test-nodes.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn } from '../support/console-test.ts'
import { chooseAction, NODES, row, test } from '../support/node-test.ts'

const JOINED_MS = 5000
const HOUR_MS = 60 * 60_000

/** The secret in the command that the console shows. */
async function shownSecret(page: Page, nodePort: number): Promise<string> {
  await page.getByRole('button', { name: 'Copy command' }).click()
  const command = await page.evaluate(() => navigator.clipboard.readText())
  const [, token = '', address] = /^npm run join -- (\S+)@(\S+)$/.exec(command) ?? []
  expect(address).toBe(`127.0.0.1:${nodePort}`)
  return parseJoinToken(token)?.secret ?? ''
}

test('a node is added, joins while the dialog waits, is lost and is removed', async ({
  page,
  context,
  nodePort,
}, info) => {
  const name = `node-${info.project.name}`
  const dialog = page.getByRole('dialog')
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await logIn(page)
  await page.goto(NODES)

  await test.step('one machine is explained', async () => {
    await expect(page.getByRole('region', { name: 'One machine' })).toContainText('second machine')
    await expectAccessible(page, 'nodes of one machine')
  })

  await test.step('the form validates as the API does', async () => {
    await page.getByRole('button', { name: 'Add a node' }).click()
    await dialog.getByLabel('Name').fill('Node 1')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await expect(dialog.getByText(/^A name has 1 to 40 lowercase letters/)).toBeVisible()
    await dialog.getByLabel('Name').fill('nl-ams-a')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    // Once a region has load balancers, its nodes of this machine are known.
    await expect(dialog.getByText(/^nl-ams-a is reserved|named nl-ams-a already/)).toBeVisible()
    await expectAccessible(page, 'a new node with an error')
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByRole('button', { name: 'Continue' }).click()
  })

  const secret = await test.step('the command is shown, and its time counts down', async () => {
    await expect(dialog.getByRole('heading')).toHaveText(`Join ${name}`)
    await expect(dialog).toContainText(/expires in \d\d:\d\d min/)
    await expect(dialog).toContainText(`TCP port ${nodePort}`)
    await expect(dialog.getByRole('status').last()).toContainText(`Waiting for ${name}`)
    await expectAccessible(page, 'the command to join')
    return shownSecret(page, nodePort)
  })

  const node = await joinWithSecret({ nodePort }, secret, { host: 'host-2' })
  await expect(dialog.getByRole('heading')).toHaveText(`Node ${name} has joined`, {
    timeout: JOINED_MS,
  })
  await expect(dialog).toContainText('is starting')
  const stream = await node.follow(configPath(1), followRequest())
  await expect(dialog).toContainText('is ready for load balancers', { timeout: JOINED_MS })
  await expectAccessible(page, 'a node has joined')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('button', { name: 'Add a node' })).toBeFocused()
  await expect(row(page, name)).toContainText('host-2')
  await expect(row(page, name)).toContainText('Connected')
  await expectAccessible(page, 'nodes of two machines')

  await test.step('its host is lost', async () => {
    stream.close()
    await expect(row(page, name)).toContainText(/Lost\s*since \d\d:\d\d:\d\d/)
    await expectAccessible(page, 'a lost node')
  })

  await test.step('it is removed', async () => {
    await chooseAction(page, name, 'Remove node')
    const confirm = page.getByRole('alertdialog')
    const button = confirm.getByRole('button', { name: 'Remove node' })
    await expect(button).toHaveAttribute('aria-disabled', 'true')
    await confirm.getByRole('textbox').fill(name)
    await expectAccessible(page, 'a node before it is removed')
    await button.click()
    await expect(page.getByText(`${name} removed`)).toBeVisible()
    await expect(row(page, name)).toHaveCount(0)
  })
})

test('an expired join token is replaced in a click', async ({ page, context, nodePort }, info) => {
  const name = `late-${info.project.name}`
  const dialog = page.getByRole('dialog')
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await logIn(page)
  await page.goto(NODES)
  await page.getByRole('button', { name: 'Add a node' }).click()
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  const former = await shownSecret(page, nodePort)
  await page.clock.setFixedTime(Date.now() + HOUR_MS + 1000)
  await expect(dialog.getByText('The join token has expired.')).toBeVisible()
  await expectAccessible(page, 'an expired join token')
  await dialog.getByRole('button', { name: 'New join token' }).click()
  await page.clock.setFixedTime(Date.now())
  await expect.poll(() => shownSecret(page, nodePort)).not.toBe(former)

  // After the dialog is closed, the row offers another one.
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(row(page, name)).toContainText(/Its join token expires in \d\d:\d\d min/)
  await chooseAction(page, name, 'New join token')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Create join token' }).click()
  const node = await joinWithSecret({ nodePort }, await shownSecret(page, nodePort))
  await expect(dialog.getByRole('heading')).toHaveText(`Node ${name} has joined`)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(row(page, name)).toContainText('Starting')
  using _stream = await node.follow(configPath(1), followRequest())
  await expect(row(page, name)).toContainText('Connected', { timeout: JOINED_MS })
})

/** The page of a new account with the role of a viewer. */
async function viewerPage(page: Page, browser: Browser, email: string): Promise<Page> {
  const { origin } = new URL(page.url())
  const invited = await page.request.post('/api/fairlead/v1/accounts', {
    data: { email, role: 'viewer' },
    headers: { origin },
  })
  const { link } = (await invited.json()) as { link: { token: string } }
  const context = await browser.newContext({ baseURL: origin })
  const viewer = await context.newPage()
  await viewer.goto(`/invite#${link.token}`)
  await viewer.getByLabel('Password', { exact: true }).fill('a viewer of horses')
  await viewer.getByRole('button', { name: 'Set password and log in' }).click()
  await expect(viewer).toHaveURL(/\/network\/load-balancers$/)
  return viewer
}

test('a viewer sees the nodes, and no actions', async ({ page, browser, api, nodePort }, info) => {
  const name = `seen-${info.project.name}`
  const node = await joinNode(
    { nodePort, call: api.call.bind(api) },
    { name },
    { version: '0.0.9' },
  )
  await logIn(page)
  await page.goto(NODES)
  const viewer = await viewerPage(page, browser, `viewer-${info.project.name}@example.com`)
  await viewer.goto(NODES)
  await expect(row(viewer, name)).toContainText('0.0.9')
  await expect(viewer.getByText('Versions differ')).toBeVisible()
  const main = viewer.getByRole('main')
  await expect(main.getByRole('button')).toHaveCount(0)
  await expectAccessible(viewer, 'nodes, for a viewer')
  await viewer.context().close()
  await api.ok('DELETE', `/fairlead/v1/nodes/${node.id}`)
  await expect(row(page, name)).toHaveCount(0)
})
