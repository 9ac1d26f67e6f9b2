import { deniedTarget, type EgressPolicy } from '#lib/protocol/egress-policy.ts'

/** Denies the targets that no setting allows, such as cloud metadata services. In force until a policy is set. */
export const BUILT_IN: EgressPolicy = { ownPorts: [], loopback: true, pools: [] }

let policy = BUILT_IN

/** Sets the policy of this process. */
export function setEgressPolicy(next: EgressPolicy): void {
  policy = next
}

/**
 * The reason why no socket may be opened to a target, as a sentence; null if it is allowed. The API refuses denied targets, but a
 * stored configuration may be older than the policy.
 */
export function deniedSocket(address: string, port: number): string | null {
  return deniedTarget({ address, port }, policy)
}
