import { Throttle } from '../accounts/throttle.ts'
import { CertificateAuthority } from '../nodes/joining/certificate-authority.ts'
import type { Joining } from '../nodes/joining/joining.ts'
import { dialedAddress } from '../nodes/joining/node-address.ts'
import type { Settings } from '../settings.ts'
import type { Store } from '../store/store.ts'
import type { Services } from './environment.ts'
import { makeNodeApp, type NodeServices } from './node-app.ts'
import { NodeListener } from './node-listener.ts'

/** What nodes of other machines join with; null if there is no address where they connect. */
export async function openJoining(
  { nodeAddress, egress, known, pools: all }: Settings,
  store: Store,
): Promise<Joining | null> {
  if (!nodeAddress) return null
  const { loopback, pools } = egress
  const publicHost = known.publicOrigin && new URL(known.publicOrigin).hostname
  return {
    authority: await CertificateAuthority.open(store),
    address: dialedAddress(nodeAddress, publicHost),
    networks: (region) => all[region].networks,
    // The ports of console and API are on no other machine.
    egress: { ownPorts: [], loopback, pools: pools.map(({ ranges }) => ({ ranges })) },
  }
}

/** Opens the listener for nodes of other machines; null if they can't join. @throws Error with a one-line message */
export async function openNodeListener(
  services: Services & Pick<NodeServices, 'hosts' | 'replicas'>,
  { nodeAddress, logInFailures }: Settings,
): Promise<{ listener: NodeListener; port: number; address: string } | null> {
  const { joining } = services.context
  if (!nodeAddress || !joining) return null
  const app = makeNodeApp({
    ...services,
    joining,
    joinThrottle: new Throttle(logInFailures.address),
    // Nodes connect directly, so no header says whom a request is from.
    trustedProxies: [],
    secrets: { bff: null },
  })
  const { authority } = joining
  const listener = await NodeListener.create({ authority, fetch: app.fetch, log: services.log })
  const port = await listener.listen(nodeAddress)
  // The settings may leave the port to the kernel.
  return { listener, port, address: joining.address.replace(/\d+$/, String(port)) }
}
