import type { Page } from '@playwright/test'
import type { NewNode } from '#lib/core/node.ts'
import { HOST_LINK_PATH } from '#lib/protocol/host-link.ts'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import { joinNode } from '#lib/testing/control-plane/joined-node.ts'
import { followRequest } from '#lib/testing/control-plane/test-nodes.ts'
import { freePort } from '#lib/testing/free-port.ts'
import type { Api } from './api.ts'
import { test as base } from './console-test.ts'
import { startInstallation } from './installation.ts'

const REPORT_MS = 1000

export const NODES = '/network/load-balancers/nodes'

/** Tests of the console of an installation that nodes of other machines can join. */
export const test = base.extend<object, { nodePort: number }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
  nodePort: [async ({}, use) => use(await freePort()), { scope: 'worker' }],
  installation: [
    async ({ nodePort }, use) => {
      const env = { FAIRLEAD_NODE_ADDRESS: `127.0.0.1:${nodePort}` }
      const installation = await startInstallation({ env })
      await use(installation)
      await installation.remove()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

/** A node's row on the page Nodes. */
export const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) })

/** Chooses an action of a node's menu. */
export async function chooseAction(page: Page, node: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${node}` }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

/** A node on a host whose link to the control plane is open, which makes pairs of it. */
export async function connectHost(
  { nodePort, api }: { nodePort: number; api: Api },
  { name, ...place }: NewNode,
  address: string,
) {
  const target = { nodePort, call: api.call.bind(api) }
  const host = `host-of-${name}`
  const node = await joinNode(target, { ...place, name }, { address, host })
  const link = await node.follow(HOST_LINK_PATH, { host, version: '1' })
  const stream = await node.follow(configPath(1), followRequest())
  // A host that says nothing for some seconds is disconnected.
  const report = () => void node.post(reportPath(1), { lbs: [] }).catch(() => {})
  const timer = setInterval(report, REPORT_MS)
  const disconnect = () => {
    clearInterval(timer)
    stream.close()
    link.close()
  }
  return { ...node, host, disconnect, [Symbol.dispose]: disconnect }
}
