import { isLoopbackNetwork, isPrivateNetwork } from '#lib/core/denied-address.ts'
import { type Range, within } from '#lib/core/networks.ts'
import { addressNumber } from '#lib/core/subnet.ts'
import {
  deniedTarget,
  type EgressPolicy,
  isInternal,
  type Target,
} from '#lib/protocol/egress-policy.ts'

/** The egress policy, and what webhooks have beside it. */
export type Egress = EgressPolicy & {
  /** `FAIRLEAD_WEBHOOK_NETWORKS`: where webhooks may be, and nowhere else; null for everywhere. */
  webhookNetworks: Range[] | null
}

/** Why no webhook is sent to a target, as a sentence; null where it may be. */
export function deniedWebhook(target: Target, egress: Egress): string | null {
  const networks = networksOf(target.address, egress)
  const loopback = egress.loopback || networks.some(isLoopbackNetwork)
  const denied = deniedTarget(target, { ...egress, loopback })
  if (denied) return denied
  if (egress.webhookNetworks === null || networks.length > 0) return null
  return `Traffic to ${target.address} is not allowed: FAIRLEAD_WEBHOOK_NETWORKS does not include it.`
}

/**
 * Whether people are told how a webhook there answers. In private networks they aren't, or webhooks would show what listens
 * where; unless the operator has named the network.
 */
export function isOutcomeTold(address: string, egress: Egress): boolean {
  return !isInternal(address) || networksOf(address, egress).some(isPrivateNetwork)
}

/** Why no mail is sent by a server, as a sentence; null where it may be. It is the operator's choice, so it may be on this machine. */
export function deniedMailServer(target: Target, egress: Egress): string | null {
  return deniedTarget(target, { ...egress, loopback: true })
}

function networksOf(address: string, { webhookNetworks }: Egress): Range[] {
  const number = addressNumber(address.split('%')[0] as string)
  return webhookNetworks?.filter((network) => within(number, network)) ?? []
}
