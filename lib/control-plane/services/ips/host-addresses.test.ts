import { expect, test } from 'vitest'
import { joinNode, runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import { testPools } from '#lib/testing/control-plane/test-pools.ts'

test('an address that a host has is not allocated', async () => {
  const pools = testPools({ 'fr-par': '10.99.1.0/29@eth0', 'nl-ams': '10.99.2.0/24@eth0' })
  const controlPlane = await runJoinableControlPlane({ pools })
  const allocated = async () =>
    (await controlPlane.call('POST', '/lb/v1/regions/fr-par/ips', {})).body.ip_address
  await joinNode(controlPlane, { region: 'fr-par', name: 'lb-1' }, { address: '10.99.1.2' })
  expect([await allocated(), await allocated()]).toEqual(['10.99.1.1', '10.99.1.3'])
  await controlPlane.stop()
})
