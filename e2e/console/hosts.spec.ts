import { randomUUID } from 'node:crypto'
import type { Failover } from '#lib/core/failover.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Cluster } from '#lib/core/locality.ts'
import { HOST_REPORT_PATH } from '#lib/protocol/host-link.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn } from '../support/console-test.ts'
import { chooseAction, connectHost, NODES, row, test } from '../support/node-test.ts'

test('a lost host is shown where its load balancers are', async ({ page, api, nodePort }, info) => {
  const suffix = info.project.name
  const connect = (cluster: Cluster, name: string, address: string) =>
    connectHost({ nodePort, api }, { region: 'fr-par', cluster, name }, address)
  using lost = await connect('a', `lost-${suffix}`, '10.88.0.1')
  using left = await connect('b', `left-${suffix}`, '10.88.0.2')
  const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', { name: `paired-${suffix}` })
  await logIn(page)
  await page.goto(NODES)
  await expect(row(page, lost.name)).toContainText('Connected')
  lost.disconnect()
  const failover: Failover = {
    id: randomUUID(),
    lb_id: lb.id,
    at: new Date().toISOString(),
    from: 'a',
    to: 'b',
    reason: 'host_lost',
    gap_ms: 142.4,
  }
  await left.post(HOST_REPORT_PATH, { type: 'failed_over', failovers: [failover] })

  const alert = page.getByRole('alert').filter({ hasText: `Host ${lost.host} is lost` })
  const expectAlert = async () => {
    await expect(alert).toContainText(/since \d\d:\d\d:\d\d\. 1 load balancer failed over/)
    await expect(alert).toContainText('new connections waited 142 ms at most')
    await expect(alert).toContainText('1 load balancer has only one host')
  }
  await expectAlert()
  await expect(row(page, lost.name)).toContainText(/0 active of 1/)
  await expectAccessible(page, 'nodes with a lost host')
  await page.getByRole('button', { name: `Actions for ${lost.name}` }).click()
  await expect(page.getByRole('menuitem', { name: 'Remove node' })).toContainText(
    '1 load balancer is placed on it. Drain it',
  )
  await page.keyboard.press('Escape')

  await page.goto('/network/load-balancers')
  await expectAlert()
  await expectAccessible(page, 'the list with a lost host')
  await page.getByRole('link', { name: lb.name, exact: true }).click()
  await expect(page).toHaveURL(new RegExp(lb.id))
  await expect(alert).toContainText(/instance's node lost-\w+ since \d\d:\d\d:\d\d\./)
  await expect(alert).toContainText('New connections waited 142 ms for the other instance.')
  await expect(page.getByRole('region', { name: /instance$/ }).first()).toContainText('on host-of-')
  await expectAccessible(page, 'a load balancer with a lost host')
  await alert.getByRole('link', { name: 'Go to Nodes' }).click()
  await expect(page).toHaveURL(/\/nodes$/)

  await api.ok('DELETE', `/lb/v1/regions/fr-par/lbs/${lb.id}?release_ip=true`)
  await expect(alert).toContainText('No load balancer is placed on it.')
  for (const { id } of [lost, left]) await api.ok('DELETE', `/fairlead/v1/nodes/${id}`)
  await expect(alert).toHaveCount(0)
})

test('load balancers are spread over hosts, and a drained node returns to service', async ({
  page,
  api,
  nodePort,
}, info) => {
  const suffix = info.project.name
  const connect = (cluster: Cluster, name: string, address: string) =>
    connectHost({ nodePort, api }, { region: 'nl-ams', cluster, name }, address)
  const LBS = '/lb/v1/regions/nl-ams/lbs'
  using one = await connect('a', `one-${suffix}`, '10.88.1.1')
  using two = await connect('b', `two-${suffix}`, '10.88.1.2')
  const create = (name: string) => api.ok<Lb>('POST', LBS, { name: `${name}-${suffix}` })
  const lbs = [await create('x'), await create('y')]
  using three = await connect('b', `three-${suffix}`, '10.88.1.3')
  await logIn(page)
  await page.goto(NODES)
  const region = page.getByRole('region', { name: 'Amsterdam' })
  const dialog = page.getByRole('dialog')

  await test.step('what would move is shown, then its progress, and a move is cancelled', async () => {
    await region.getByRole('button', { name: 'Spread load balancers' }).click()
    await expect(dialog).toContainText('1 load balancer moves')
    const move = dialog.getByRole('table', { name: 'Moves' }).locator('tbody tr')
    await expect(move).toHaveCount(1)
    await expect(move).toContainText(`${one.name}${two.name}`)
    await expect(move).toContainText(`${one.name}${three.name}`)
    await expect(move).toContainText('Planned')
    await expectAccessible(page, 'the moves that are planned')
    await dialog.getByRole('button', { name: 'Move 1 load balancer' }).click()
    // The nodes of this test apply nothing, so it goes no further.
    await expect(move).toContainText('Preparing')
    await expect(dialog).toContainText('1 load balancer still to move')
    await expectAccessible(page, 'moves in progress')
    await dialog.getByRole('button', { name: 'Cancel move' }).click()
    await expect(move).toContainText('Planned')
    await page.keyboard.press('Escape')
  })

  await test.step('a node is drained, and returns to service', async () => {
    await chooseAction(page, three.name, 'Drain node')
    await dialog.getByRole('button', { name: 'Drain node' }).click()
    await expect(dialog.getByRole('heading')).toHaveText(/is drain(ing|ed)$/)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await expect(row(page, three.name)).toContainText('Drained')
    await chooseAction(page, three.name, 'Return to service')
    await expect(page.getByText(`${three.name} is back in service`)).toBeVisible()
    await expect(row(page, three.name)).toContainText('Connected')
  })

  for (const { id } of lbs) await api.ok('DELETE', `${LBS}/${id}?release_ip=true`)
  for (const { id } of [one, two, three]) await api.ok('DELETE', `/fairlead/v1/nodes/${id}`)
})
