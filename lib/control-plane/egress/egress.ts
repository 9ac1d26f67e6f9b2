import { isLoopbackNetwork, isPrivateNetwork } from '#lib/core/denied-address.ts'
import { type Networks, within } from '#lib/core/networks.ts'
import { addressNumber } from '#lib/core/subnet.ts'
import { deniedTarget, isInternal, type Target } from '#lib/protocol/egress-policy.ts'
import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'

/** The egress policy with the networks of webhooks. */
export type Egress = ControlPlaneSettings['egress']

/** Why a webhook to this target is denied, as a sentence; null if it is allowed. */
export function deniedWebhook(target: Target, egress: Egress): string | null {
  const networks = networksOf(target.address, egress)
  const loopback = egress.loopback || networks.some(isLoopbackNetwork)
  const denied = deniedTarget(target, { ...egress, loopback })
  if (denied) return denied
  if (egress.webhookNetworks === null || networks.length > 0) return null
  return `Traffic to ${target.address} is not allowed: FAIRLEAD_WEBHOOK_NETWORKS does not include it.`
}

/**
 * Whether deliveries show how a webhook at this address responds. Not in private networks, unless the operator has listed the
 * network: webhooks could be used to scan it.
 */
export function isOutcomeVisible(address: string, egress: Egress): boolean {
  return !isInternal(address) || networksOf(address, egress).some(isPrivateNetwork)
}

/** Why a mail server is denied, as a sentence; null if it is allowed. The operator chooses it, so loopback is allowed. */
export function deniedMailServer(target: Target, egress: Egress): string | null {
  return deniedTarget(target, { ...egress, loopback: true })
}

function networksOf(address: string, { webhookNetworks }: Egress): Networks {
  const number = addressNumber(address.split('%')[0] as string)
  return webhookNetworks?.filter((network) => within(number, network)) ?? []
}
