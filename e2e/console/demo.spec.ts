import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { DemoAction, DemoState } from '#lib/core/demo-state.ts'
import { expectAccessible } from '../support/axe.ts'
import { test as base, expect, logIn } from '../support/console-test.ts'
import { startInstallation } from '../support/installation.ts'
import { NODES } from '../support/node-test.ts'

/** The demo's end of its socket: pulling the plug of lb-1 costs 121 ms. */
class ScriptedDemo {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'fairlead-'))
  readonly state: DemoState = {
    hosts: [
      { name: 'lb-1', role: 'load_balancer', database: null, state: 'running' },
      { name: 'lb-2', role: 'load_balancer', database: null, state: 'running' },
      { name: 'cp-1', role: 'control_plane', database: null, state: 'running' },
      { name: 'db-1', role: 'database', database: 'primary', state: 'running' },
      { name: 'db-2', role: 'database', database: 'standby', state: 'running' },
    ],
    traffic: { requests: 199, failed: 0, through: 'lb-1' },
    blackouts: [],
  }
  readonly #server = createServer(async (request, response) => {
    if (request.method === 'POST') this.#act((await json(request)) as DemoAction)
    response.end(JSON.stringify(this.state))
  })

  async listen(): Promise<void> {
    this.#server.listen(join(this.dataDir, 'demo.sock'))
    await once(this.#server, 'listening')
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #act({ host: name, action }: DemoAction): void {
    const host = this.state.hosts.find((one) => one.name === name)
    if (!host) return
    host.state = action === 'pull' ? 'off' : 'starting'
    if (action === 'plug') return
    this.state.traffic.through = 'lb-2'
    const at = new Date().toISOString()
    this.state.blackouts.unshift({ at, ms: 121.3, from: 'lb-1', to: 'lb-2' })
  }
}

const test = base.extend<object, { demo: ScriptedDemo }>({
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
    async ({}, use) => {
      const demo = new ScriptedDemo()
      await demo.listen()
      await use(demo)
      demo.close()
    },
    { scope: 'worker' },
  ],
  installation: [
    async ({ demo }, use) => {
      const installation = await startInstallation({ dataDir: demo.dataDir })
      await use(installation)
      await installation.remove()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

test('in the demo, the plug of a host is pulled, and the blackout is shown', async ({ page }) => {
  await logIn(page)
  await page.goto(NODES)
  const demo = page.getByRole('region', { name: 'Demo' })
  const host = (name: string) => demo.getByRole('listitem').filter({ hasText: name }).first()
  await expect(demo).toContainText('199 requests in the last second through lb-1, 0 failed')
  await expect(demo.getByRole('status')).toHaveText('No blackout yet.')
  await expect(host('db-1')).toContainText('primary')
  await expect(demo.getByRole('list', { name: 'Control planes' })).toContainText('cp-1')
  await expectAccessible(page, 'the demo')
  await demo.getByRole('button', { name: 'Pull the plug of lb-1' }).click()
  await expect(host('lb-1')).toContainText('No power')
  await expect(host('lb-2')).toContainText('has the traffic')
  await expect(demo.getByRole('status')).toContainText('121 ms')
  await expect(demo.getByRole('status')).toContainText('until lb-2 took over from lb-1')
  await expectAccessible(page, 'the demo after a blackout')
  await demo.getByRole('button', { name: 'Plug in lb-1' }).click()
  await expect(host('lb-1')).toContainText('Starting')
  await expect(demo.getByRole('button', { name: 'Pull the plug of lb-1' })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
})
