import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Lb } from '#lib/core/lb.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { backendOf } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

/** Removes a revision from the database, as restoring an older copy does. */
function forget(dataDir: string, lbId: string): void {
  using database = new DatabaseSync(join(dataDir, 'fairlead.db'))
  database.exec('PRAGMA busy_timeout = 5000')
  database.prepare("update lbs set revision = 'older' where id = ?").run(lbId)
  database.prepare('update changes set revision = null where lb_id = ?').run(lbId)
}

test('a divergence is shown, and the nodes follow the database only after a confirmation', async ({
  page,
  api,
  installation,
}, info) => {
  const name = `restored-${info.workerIndex}-${info.project.name}`
  const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name,
    backends: [backendOf(['127.0.2.9'], 80)],
    frontends: [{ name: 'public', inbound_port: 8091, backend: 'web' }],
  })
  await api.waitForApplied(lb.id)
  forget(installation.dataDir, lb.id)
  process.kill(installation.process('fairlead control-plane').pid, 'SIGKILL')
  await waitFor('nodes have come back', async () => {
    const { instances, applied_on } = await api.observed(lb.id)
    return applied_on === 0 && instances.every(({ connected }) => connected)
  })

  await logIn(page)
  const banner = page.getByRole('status').filter({ hasText: 'this database never had' }).first()
  await page.goto('/network/load-balancers')
  await expect(banner).toContainText(`${name}: The nodes serve generation 1`)
  await page.goto(`/network/load-balancers/${lb.id}`)
  await expect(banner).toBeVisible()
  await expectAccessible(page, 'nodes and database do not agree')

  await banner.getByRole('button', { name: 'Follow the database' }).click()
  const dialog = page.getByRole('alertdialog')
  await expect(dialog).toContainText('What was changed after it was copied is lost.')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect((await api.observed(lb.id)).applied_on).toBe(0)

  await banner.getByRole('button', { name: 'Follow the database' }).click()
  await dialog.getByRole('button', { name: 'Follow the database' }).click()
  await expect(dialog).toBeHidden()
  await expect(banner).toBeHidden()
  await api.waitForApplied(lb.id)
  await api.ok('DELETE', `/lb/v1/regions/fr-par/lbs/${lb.id}?release_ip=true`)
})
