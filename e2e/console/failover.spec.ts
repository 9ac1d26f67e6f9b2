import type { Page } from '@playwright/test'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { type Api, backendOf } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

const PORT = 8092
const REGION = 'nl-ams'

/** A load balancer with a real server and an active master. */
async function makeServingLb(api: Api, name: string) {
  const [address = ''] = ownAddresses(1)
  const server = await startNginx(name, address, PORT)
  const lb = await api.ok<Lb>('POST', `/lb/v1/regions/${REGION}/lbs`, {
    name,
    backends: [backendOf([address], PORT)],
    frontends: [{ name: 'public', inbound_port: PORT, backend: 'web' }],
  })
  await api.waitForStatus(lb.id, 'ready', REGION)
  const remove = async () => {
    await api.ok('DELETE', `/lb/v1/regions/${REGION}/lbs/${lb.id}?release_ip=true`)
    await server.remove()
  }
  const { instances } = await api.waitForApplied(lb.id)
  const clusterOf = (role: string) => instances.find((one) => one.role === role)?.cluster ?? ''
  await waitFor('its server answers', async () =>
    (await api.observed(lb.id)).instances.every(({ servers }) => servers[0]?.state === 'up'),
  )
  const master = clusterOf('master')
  return {
    lb,
    url: `http://${lb.ip[0]?.ip_address}:${PORT}/`,
    master,
    backup: clusterOf('backup'),
    remove,
  }
}

/** Sends one request after the other, each on a new connection, until stopped. */
function sendRequests(url: string) {
  const counts = { answered: 0, failed: 0 }
  let stopped = false
  const sending = (async () => {
    while (!stopped) {
      const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => null)
      await answer?.arrayBuffer()
      if (answer?.status === 200) counts.answered += 1
      else counts.failed += 1
    }
  })()
  return async () => {
    stopped = true
    await sending
    return counts
  }
}

const instance = (page: Page, role: string) =>
  page.getByRole('region', { name: `${role} instance` })

/** A region's first load balancer is active on the node that was ready first; later ones on their masters. */
test.beforeEach(async ({ api }) => {
  const lb = await api.ok<Lb>('POST', `/lb/v1/regions/${REGION}/lbs`, { name: 'first' })
  await waitFor('both nodes run', async () =>
    (await api.observed(lb.id)).instances.every(({ connected }) => connected),
  )
  await api.ok('DELETE', `/lb/v1/regions/${REGION}/lbs/${lb.id}?release_ip=true`)
})

test('a switchover shows its measured interruption and loses no request', async ({
  page,
  api,
}, info) => {
  const site = await makeServingLb(api, `drill-${info.project.name}`)
  await logIn(page)
  await page.goto(`/network/load-balancers/${site.lb.id}`)
  await expect(instance(page, 'Master')).toContainText('when it was created')
  await expect(instance(page, 'Master')).toContainText('One, running')
  await expect(page.getByText('Nothing has failed over yet.')).toBeVisible()
  await expectAccessible(page, 'overview before a failover')

  const stop = sendRequests(site.url)
  await page.getByRole('button', { name: 'Switch over', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText(`backup instance (cluster ${site.backup})`)
  await dialog.getByRole('button', { name: 'Switch over' }).click()
  const answer = dialog.getByRole('status')
  await expect(answer).toContainText(
    new RegExp(`backup instance \\(cluster ${site.backup}\\) accepts since [\\d:]+`),
  )
  await expect(answer).toContainText(/New connections waited [\d.,]+ ms; none was lost\./)
  await expectAccessible(page, 'drill, done')

  await dialog.getByRole('button', { name: 'Switch back' }).click()
  await expect(answer).toContainText(`master instance (cluster ${site.master}) accepts`)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(instance(page, 'Master')).toContainText('as it was switched over')
  const { answered, failed } = await stop()
  console.log(`drill, ${info.project.name}: ${answered} answered, ${failed} failed`)
  expect(answered).toBeGreaterThan(0)
  expect(failed).toBe(0)

  const rows = page.getByRole('table', { name: 'Last failovers' }).locator('tbody tr')
  await expect(rows).toHaveCount(2)
  await expect(rows.first()).toContainText(`Backup (${site.backup})`)
  await page.goto(`/network/load-balancers/${site.lb.id}/history`)
  const back = `Switchover from ${REGION}-${site.backup} to ${REGION}-${site.master}.`
  await expect(page.getByText(back)).toBeVisible()
  await site.remove()
})

test('the overview shows a failover with its reason and offers to switch back', async ({
  page,
  api,
  installation,
}, info) => {
  const site = await makeServingLb(api, `killed-${info.project.name}`)
  await logIn(page)
  await page.goto(`/network/load-balancers/${site.lb.id}`)
  await expect(instance(page, 'Master').getByText('Active', { exact: true }).first()).toBeVisible()
  process.kill(installation.process(`fairlead node ${REGION}-${site.master}`).pid, 'SIGKILL')
  await expect(instance(page, 'Backup')).toContainText("after the master's process ended")
  const row = page.getByRole('table', { name: 'Last failovers' }).locator('tbody tr').first()
  await expect(row).toContainText('Its process ended')
  await expect(row).toContainText(/[\d.,]+ ms/)

  const back = page.getByRole('button', { name: 'Switch back to master' })
  await expect(back).not.toHaveAttribute('aria-disabled', 'true')
  await back.click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch back' }).click()
  await expect(page.getByRole('dialog').getByRole('status')).toContainText('master instance')

  // The history has the failovers in order with edits.
  await api.ok('PUT', `/lb/v1/regions/${REGION}/lbs/${site.lb.id}`, { name: 'renamed' })
  await page.goto(`/network/load-balancers/${site.lb.id}/history`)
  const entries = page.getByRole('list', { name: 'Changes, newest first' }).locator('> li')
  const [master, backup] = [`${REGION}-${site.master}`, `${REGION}-${site.backup}`]
  await expect(entries).toHaveText([
    /changed load balancer renamed/,
    new RegExp(
      `Switchover from ${backup} to ${master}\\. [\\d.,]+ ms interruption\\. Requested by`,
    ),
    new RegExp(
      `Failover from ${master} to ${backup}: process ended\\. [\\d.,]+ ms interruption\\.`,
    ),
    /made \d+ changes at once/,
  ])
  await expect(entries.getByRole('button', { name: /^Restore/ })).toHaveCount(1)
  await expectAccessible(page, 'the history with a failover')
  await page.getByLabel('What was changed').selectOption('Failovers and switchovers')
  await expect(entries).toHaveCount(2)
  await entries.last().getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`/${site.lb.id}#failovers$`))
  await expect(row).toBeVisible()
  await site.remove()
})

test('a node is drained for maintenance, and a rebalance moves its masters back', async ({
  page,
  api,
}, info) => {
  const site = await makeServingLb(api, `moved-${info.project.name}`)
  await logIn(page)
  await page.goto('/network/load-balancers')
  await page.getByRole('link', { name: 'Nodes' }).click()
  const region = page.getByRole('region', { name: 'Amsterdam' })
  const node = region.getByRole('row', { name: new RegExp(`${REGION}-${site.master}`) })
  await expectAccessible(page, 'nodes')
  await node.getByRole('button', { name: `Actions for ${REGION}-${site.master}` }).click()
  await page.getByRole('menuitem', { name: 'Drain node' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Drain node' }).click()
  await expect(dialog.getByRole('status')).toContainText(
    /switched over\. New connections waited [\d.,]+ ms/,
  )
  await expectAccessible(page, 'a drained node')
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  const activeOn = async (cluster: string) => {
    const { instances } = await api.observed(site.lb.id)
    return instances.find((one) => one.active)?.cluster === cluster
  }
  await waitFor('the other node is active', () => activeOn(site.backup))
  await expect(node).toContainText(/0 active of \d+/)
  await region.getByRole('button', { name: 'Switch back to masters' }).click()
  await waitFor('the master is active', () => activeOn(site.master))
  await site.remove()
})
