import type { Page } from '@playwright/test'
import type { Lb } from '#lib/core/lb.ts'
import type { Traffic } from '#lib/core/traffic.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { backendOf } from '../support/api.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

const PORT = 8187
const REQUESTS = 120
let servers: WebServer[]

test.beforeAll(async () => {
  const addresses = ownAddresses(2)
  servers = await Promise.all(addresses.map((ip, index) => startNginx(`web${index}`, ip, PORT)))
})

test.afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.remove()))
})

/** The sum of a column. Cells without a number count as 0. */
async function columnSum(page: Page, column: string): Promise<number> {
  const table = page.getByRole('table', { name: 'Traffic, last hour' })
  // In one call, because rows come and go.
  return table.evaluate((element, column) => {
    const rows = [...(element as HTMLTableElement).rows]
    const [head = [], ...body] = rows.map((row) => [...row.cells].map((cell) => cell.textContent))
    const numbers = body.map((row) => Number(row[head.indexOf(column)]?.replaceAll(',', '')))
    return numbers.reduce((sum, number) => sum + (number || 0), 0)
  }, column)
}

test('traffic is shown as charts and as a table', async ({ page, api }, info) => {
  // Samples arrive every 5 s, and the test waits for several.
  test.slow()
  const name = `traffic-${info.project.name}`
  const addresses = servers.map(({ address }) => address)
  const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name,
    backends: [backendOf(addresses, PORT)],
    frontends: [{ name: 'public', inbound_port: 8000, backend: 'web' }],
  })
  await api.waitForStatus(lb.id, 'ready')
  await logIn(page)
  await page.goto(`/network/load-balancers/${lb.id}`)
  const section = page.getByRole('region', { name: 'Traffic', exact: true })
  await section.scrollIntoViewIfNeeded()
  await expect(
    section.getByText(/^(No traffic in|Nothing is known of) the last hour/),
  ).toBeVisible()

  const url = `http://${lb.ip[0]?.ip_address}:8000/`
  for (let asked = 0; asked < REQUESTS; asked += 1) await (await fetch(url)).text()

  await test.step('the picture shows the current rates', async () => {
    const picture = page.getByRole('region', { name: `Picture of ${name}` })
    await expect(
      picture
        .getByText(/req\/s$/)
        .filter({ visible: true })
        .first(),
    ).toBeVisible()
  })

  await test.step('the charts can be read with the keyboard', async () => {
    await expect(section.getByText(`${REQUESTS} requests`)).toBeVisible()
    const point = section.getByRole('slider', { name: 'Requests per second, point in time' })
    // Two samples, so that the arrow keys can move.
    await expect(point).not.toHaveAttribute('aria-valuemax', '0')
    await point.focus()
    const before = await point.getAttribute('aria-valuetext')
    await page.keyboard.press('Home')
    await expect(point).toHaveAttribute('aria-valuenow', '0')
    expect(await point.getAttribute('aria-valuetext')).not.toBe(before)
    await expectAccessible(page, 'the charts')
  })

  await test.step('the table and each server show the same numbers', async () => {
    await section.getByRole('radio', { name: 'Table' }).check()
    await expect.poll(() => columnSum(page, 'Requests')).toBe(REQUESTS)
    expect(await columnSum(page, 'Answers 5xx')).toBe(0)
    await expectAccessible(page, 'the table of traffic')
    await section.getByLabel('Traffic of').selectOption({ label: `web · ${addresses[0]}` })
    await expect.poll(() => columnSum(page, 'Requests')).toBe(REQUESTS / 2)
  })

  await test.step('the API returns the counts of the client', async () => {
    const traffic = await waitFor('all is there', async () => {
      const path = `/fairlead/v1/lbs/${lb.id}/traffic?range=day`
      const found = await api.ok<Traffic>('GET', path)
      return found.requests.some((count) => count) && found
    })
    const sum = (column: (number | null)[] = []) =>
      column.reduce<number>((all, count) => all + (count ?? 0), 0)
    expect(sum(traffic.requests)).toBe(REQUESTS)
    expect(traffic.responses.map(sum)).toEqual([0, REQUESTS, 0, 0, 0])
    expect(traffic.servers.map(({ address }) => address)).toEqual(addresses)
  })
})
