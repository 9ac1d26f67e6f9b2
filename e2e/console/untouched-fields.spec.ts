import type { Lb } from '#lib/core/lb.ts'
import { expect, logIn, test } from '../support/console-test.ts'

test('renaming a load balancer changes neither its tags nor its description', async ({
  page,
  api,
}) => {
  const tags = ['team=web,core', 'env=prod', 'env=prod']
  const description = ' first line\nsecond line '
  const lbs = '/lb/v1/regions/fr-par/lbs'
  const lb = await api.ok<Lb>('POST', lbs, { name: 'tagged', tags, description })
  await logIn(page)
  await page.goto(`/network/load-balancers/${lb.id}`)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Tags')).toHaveValue('"team=web,core", env=prod, "env=prod"')
  await dialog.getByLabel('Name').fill('renamed')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toHaveCount(0)
  expect(await api.lb(lb.id)).toMatchObject({ name: 'renamed', tags, description })

  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await dialog.getByLabel('Tags').fill('"team=web,core", new')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toHaveCount(0)
  expect(await api.lb(lb.id)).toMatchObject({ tags: ['team=web,core', 'new'], description })
  await api.ok('DELETE', `${lbs}/${lb.id}?release_ip=true`)
})
