import type { ObservedInstance, ObservedServer } from '#lib/core/observed.ts'

/** A server's health on each instance's node, in the order of the instances; undefined for a node without a report. */
export type ServerPair = {
  backendId: string
  address: string
  views: (ObservedServer | undefined)[]
  /** Whether it is up on one node and down on another. */
  differs: boolean
}

const keyOf = ({ backend_id, address }: ObservedServer) => `${backend_id} ${address}`

/** Every reported server: first those on which the nodes differ, then those that are down. */
export function serverPairs(instances: readonly ObservedInstance[]): ServerPair[] {
  const byNode = instances.map(({ servers }) => new Map(servers.map((one) => [keyOf(one), one])))
  const every = new Map(byNode.flatMap((one) => [...one]))
  const pairs = [...every].map(([key, { backend_id: backendId, address }]) => {
    const views = byNode.map((one) => one.get(key))
    const states = views.map((view) => view?.state)
    return {
      backendId,
      address,
      views,
      differs: states.includes('up') && states.includes('down'),
    }
  })
  return pairs.sort((one, other) => urgency(other) - urgency(one))
}

function urgency({ differs, views }: ServerPair): number {
  if (differs) return 2
  return views.some((view) => view?.state === 'down') ? 1 : 0
}
