import type { Lb } from '#lib/core/lb.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { quarantineOn } from '../support/quarantine-on.ts'

const REGION = '/lb/v1/regions/fr-par'

test('the console shows where and why a load balancer is quarantined until its next change', async ({
  page,
  api,
  installation,
}, info) => {
  const name = `poison-${info.project.name}`
  const lb = await api.ok<Lb>('POST', `${REGION}/lbs`, { name })
  await api.waitForApplied(lb.id)
  await quarantineOn(installation, api, 'fr-par-b', lb.id)
  const problem =
    'Quarantined on fr-par-b: its configuration took this node down twice (hung while applying generation 1). Change the load balancer to try again.'

  await logIn(page)
  await page.goto(`/network/load-balancers/${lb.id}`)
  await expect(page.getByText(problem)).toBeVisible()
  const instances = page.getByRole('region', { name: /instance$/ })
  const quarantined = instances.filter({ hasText: 'fr-par-b' })
  await expect(quarantined).toContainText('Quarantined')
  await expect(quarantined).toContainText('Generation 1, since')
  await expectAccessible(page, 'a quarantined load balancer')

  await page.goto('/network/load-balancers/nodes')
  await expect(page.getByText(problem)).toBeVisible()
  await expectAccessible(page, 'the nodes, one with a quarantine')
  await page.getByRole('link', { name, exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`/${lb.id}$`))
  await expect(page.getByText(problem)).toBeVisible()

  await api.ok('PUT', `${REGION}/lbs/${lb.id}`, { ...lb, description: 'changed' })
  await expect(page.getByText(problem)).toHaveCount(0)
  await api.waitForApplied(lb.id)
  await api.ok('DELETE', `${REGION}/lbs/${lb.id}?release_ip=true`)
})
