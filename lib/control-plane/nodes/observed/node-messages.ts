import type { RegisteredNode } from '#lib/core/node.ts'
import type { Quarantine, QuarantineCause } from '#lib/core/quarantine.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'

const CAUSES: Record<QuarantineCause, (generation: number) => string> = {
  hung_applying: (generation) => `hung while applying generation ${generation}`,
  crashed_applying: (generation) => `crashed while applying generation ${generation}`,
  hung_serving: (generation) => `hung while serving generation ${generation}`,
  crashed_serving: (generation) => `crashed while serving generation ${generation}`,
  crashed_after_change: (generation) => `crashed within a minute after generation ${generation}`,
}

const HANGS: Record<HungNode['reason'], string> = {
  looping: 'a process is in an endless loop',
  silent: 'a process is blocked',
  stopped: 'a process was stopped by a signal',
  starved: 'a process gets no CPU or disk time',
}

/**
 * Why a node does not run a load balancer's generation, and what to do.
 * @param serving the older generation that the node serves instead; null if it serves none
 * @param peer the other host's node, if that is not sent the generation because of this
 */
export function quarantineMessage(
  node: string,
  { generation, cause }: Quarantine,
  serving: number | null,
  peer: { name: string; serving: number | null } | null = null,
): string {
  const still = serving === null ? '' : ` The node still serves generation ${serving}.`
  return (
    `Quarantined on ${node}: its configuration took this node down twice (${CAUSES[cause](generation)}).` +
    `${still}${peer ? peerSentence(peer) : ''} Change the load balancer to try again.`
  )
}

function peerSentence({ name, serving }: { name: string; serving: number | null }): string {
  const rest = serving === null ? 'serves none' : `still serves generation ${serving}`
  return ` ${name} is not sent it, and ${rest}.`
}

/** Why a hung node is not restarted yet, and when it will be. */
export function hangMessage({ node, reason, until }: HungNode): string {
  return (
    `Node ${node} does not respond (${HANGS[reason]}). It will be restarted at ${until} unless it recovers, ` +
    "because the region's other node was restarted for the same reason within the last minute."
  )
}

/** What a node's host says keeps it from owning addresses; null if nothing does. @param problem as sentences */
export function hostMessage(
  { name, host }: Pick<RegisteredNode, 'name' | 'host'>,
  problem: string | null,
): string | null {
  return problem === null ? null : `${name} (host ${host}): ${problem}`
}

/** Nodes renew their certificates when two thirds of 7 days are over, so one that ends within 2 days was not renewed in time. */
const CERTIFICATE_WARNING_MS = 2 * 24 * 60 * 60_000

/** That the certificate of a node ends soon or has ended, and what to do; null if it doesn't. */
export function certificateMessage(
  { name, certificate_expires_at: end }: RegisteredNode,
  now = Date.now(),
): string | null {
  if (end === null) return null
  const left = Date.parse(end) - now
  if (left > CERTIFICATE_WARNING_MS) return null
  if (left > 0) {
    return (
      `The certificate of node ${name} ends at ${end} and was not renewed. Without it the node serves on, but gets no changes. ` +
      'Check that its host reaches FAIRLEAD_NODE_ADDRESS, and the log of its supervisor.'
    )
  }
  return (
    `The certificate of node ${name} ended at ${end}, so the node serves on, but gets no changes. ` +
    'Remove the node, and join it again.'
  )
}
