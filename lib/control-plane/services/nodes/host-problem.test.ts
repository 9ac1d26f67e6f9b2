import { expect, test } from 'vitest'
import { HOST_LINK_PATH, HOST_REPORT_PATH } from '#lib/protocol/host-link.ts'
import { joinNode, runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import { nodeNamed } from '#lib/testing/control-plane/node-records.ts'

test("what keeps a node's host from owning HA IPs is shown while the host says so", async () => {
  await using controlPlane = await runJoinableControlPlane()
  const node = await joinNode(controlPlane, { name: 'lb-1' })
  const shown = async () => (await nodeNamed(controlPlane, 'lb-1'))?.problem
  const report = (problem: string | null) =>
    node.post(HOST_REPORT_PATH, { type: 'carriers', pairs: [], problem })
  {
    using link = await node.follow(HOST_LINK_PATH, { host: 'lb-1.example', version: '1.0.0' })
    await link.next()
    await report("keepalived of pair 1 doesn't run.")
    expect(await shown()).toMatch(/^lb-1 \(host .+\): keepalived of pair 1 doesn't run\.$/)
    await report(null)
    expect(await shown()).toBeNull()
    await report('The network helper does not start.')
    expect(await shown()).toMatch(/The network helper does not start\.$/)
  }
  // It is lost then, which says more.
  await expect.poll(shown).toBeNull()
})
