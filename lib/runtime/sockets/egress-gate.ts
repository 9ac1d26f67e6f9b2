import { deniedTarget, type EgressPolicy } from '#lib/protocol/egress-policy.ts'

/** What nobody may send to, whatever the settings are. */
export const BUILT_IN: EgressPolicy = { ownPorts: [], loopback: true, pools: [] }

let policy = BUILT_IN

/** The policy of this process from now on. */
export function setEgressPolicy(next: EgressPolicy): void {
  policy = next
}

/**
 * Why no socket is opened to a target, as a sentence; null where one may be. The API denies such servers when they are saved, but
 * a stored configuration may be older than the policy.
 */
export function deniedSocket(address: string, port: number): string | null {
  return deniedTarget({ address, port }, policy)
}
