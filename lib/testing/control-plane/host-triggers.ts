import type { JoinedPair } from './joined-pair.ts'

const at = (id: string) => `lib/control-plane/${id}`

type Call = (method: string, path: string, body?: unknown) => Promise<unknown>

/**
 * What makes the control plane run its callbacks for hosts, by the ids of `Plants`.
 * @param call calls the API
 */
export function hostTriggers(pair: JoinedPair, call: Call): Record<string, () => unknown> {
  /** Creates a load balancer, which is placed on the pair while its hosts are connected. */
  const place = async () => {
    await pair.report()
    await call('POST', '/lb/v1/regions/fr-par/lbs', { name: 'placed on the pair' })
  }
  let placed: Promise<void> | null = null
  let reports = 0
  /** The hosts are asked again before it counts, so they report it for a while. */
  const splitForAWhile = () => pair.report(++reports % 30 < 20 ? 'split' : 'agreed')
  return {
    [at('nodes/hosts/host-connections.ts #notify')]: () => pair.connect(),
    // Hosts that connect get orders for what is placed on them, which these don't answer.
    [at('nodes/hosts/host-orders.ts timer')]: async () => {
      placed ??= place().then(() => pair.connect())
      await placed
      await pair.report()
    },
    [at('nodes/hosts/node-silence.ts #onTick')]: () => pair.report(),
    [at('placement/host-sync.ts #heard')]: () => pair.connect(),
    [at('placement/host-sync.ts #tendSoon')]: () => pair.report(),
    [at('placement/placements.ts note')]: place,
    [at('placement/start-placement.ts unsubscribe')]: () => pair.renew(),
    [at('placement/start-placement.ts witness')]: splitForAWhile,
    [at('placement/witness.ts #onTime')]: splitForAWhile,
    [at('placement/witness.ts again')]: () => pair.report('split'),
  }
}
