import type { ObservedInstance, ObservedServer } from '#lib/core/observed.ts'

/** One server as each instance's node sees it, in the order of the instances; undefined where a node has not said. */
export type ServerPair = {
  backendId: string
  address: string
  views: (ObservedServer | undefined)[]
  /** Whether one node finds it up and another down. */
  differs: boolean
}

const keyOf = ({ backend_id, address }: ObservedServer) => `${backend_id} ${address}`

/** Every server that any node reports; those that nodes differ on first, then those that are down. */
export function serverPairs(instances: readonly ObservedInstance[]): ServerPair[] {
  const seen = instances.map(({ servers }) => new Map(servers.map((one) => [keyOf(one), one])))
  const every = new Map(seen.flatMap((one) => [...one]))
  const pairs = [...every].map(([key, { backend_id: backendId, address }]) => {
    const views = seen.map((one) => one.get(key))
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
