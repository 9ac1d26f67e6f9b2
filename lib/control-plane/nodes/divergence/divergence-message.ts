import type { DivergedConfig, DivergenceReason } from './divergences.ts'

const DECIDE = 'until you put the newer database back or have the nodes follow this one'

/** Why a load balancer of this database is not sent to the nodes. */
export function divergenceMessage(
  reason: DivergenceReason,
  database: { generation: number; changed_at: string },
): string {
  if (reason.type === 'address_in_use') {
    return (
      `Its IP ${reason.address} carries the traffic of load balancer ${reason.by} on the nodes, as this database does not ` +
      `have it. Nothing of it is sent to them ${DECIDE}.`
    )
  }
  const { generation, changed_at } = reason.config
  return (
    `The nodes serve generation ${generation} of ${changed_at}, which this database has never had. It has generation ` +
    `${database.generation} of ${database.changed_at}, so it is an older copy or another one. The nodes keep serving ` +
    `theirs and get no change ${DECIDE}.`
  )
}

/** Why nodes keep serving a load balancer that this database does not have. */
export function unknownLbMessage({ generation, changed_at, address }: DivergedConfig): string {
  const where = address === null ? '' : ` at ${address}`
  return (
    `The nodes serve generation ${generation} of ${changed_at}${where}, and this database has no such load balancer. ` +
    `They keep serving it ${DECIDE}, which removes it.`
  )
}
