import type { Lb } from '#lib/core/lb.ts'
import { backendOf } from '../support/api.ts'
import { SCRIPT_BUDGETS, weighedPages } from '../support/budgets.ts'
import { expect, logIn, test } from '../support/console-test.ts'
import { weighPage } from '../support/page-weight.ts'

test('no page loads more script than its budget, or anything from another host', async ({
  page,
  api,
  baseURL,
}) => {
  const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name: 'weighed',
    backends: [backendOf(['127.0.2.9'], 80)],
    frontends: [{ name: 'public', inbound_port: 8090, backend: 'web' }],
  })

  const weigh = async (name: string, path: string, budget: number) => {
    const weight = await weighPage(page, `${baseURL}${path}`)
    expect.soft(weight.scriptBytes, `${name}: bytes of script`).toBeLessThanOrEqual(budget)
    expect.soft(weight.scriptBytes, `${name}: some script was weighed`).toBeGreaterThan(50_000)
    expect.soft(weight.uncompressed, `${name}: uncompressed scripts`).toEqual([])
    expect.soft(weight.foreign, `${name}: requests to other hosts`).toEqual([])
  }
  const own = `/network/load-balancers/${lb.id}`
  await weigh('login', '/login', SCRIPT_BUDGETS.login)
  await logIn(page)
  for (const [name, { path, kind }] of Object.entries(weighedPages(own))) {
    await weigh(name, path, SCRIPT_BUDGETS[kind])
  }
})
