'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { FAILOVERS_SHOWN, lbFailovers } from '#lib/client/failover-queries.ts'
import type { Failover, FailoverReason } from '#lib/core/failover.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { INSTANCE_NAMES } from '../instance-names.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { millisecondsText, roleOn } from './failover-text.ts'

const REASONS: Record<FailoverReason, string> = {
  ended: 'Its process ended',
  hung: 'Its process hung and was ended',
  host_lost: 'Its host was lost',
  adverts_lost: 'Its VRRP adverts stopped',
  preempted: 'The preferred host preempted it',
  planned: 'Switched over',
}

/** The last failovers and switchovers, with their reasons and interruptions. */
export function LastFailovers({ observed }: { observed: ObservedLb }) {
  const { lb_id: id, last_failover: last, instances } = observed
  const query = useQuery({
    ...browserQuery(lbFailovers(id, last)),
    enabled: last !== null,
    placeholderData: keepPreviousData,
  })
  if (!last) return <p className="text-muted">Nothing has failed over yet.</p>
  if (!query.data)
    return query.error ? <RefreshWarning query={query} /> : <Skeleton className="h-24" />
  const { failovers, total_count: total } = query.data
  return (
    <div className="grid gap-2">
      <Table name="Last failovers">
        <Thead>
          <Th>When</Th>
          <Th>From</Th>
          <Th>To</Th>
          <Th>Why</Th>
          <Th>Gap</Th>
        </Thead>
        <Tbody>
          {failovers.map((failover) => (
            <FailoverRow key={failover.id} {...{ failover, instances }} />
          ))}
        </Tbody>
      </Table>
      {total > FAILOVERS_SHOWN && (
        <p className="text-[0.8125rem] text-muted">
          The last {FAILOVERS_SHOWN} of {total}.
        </p>
      )}
    </div>
  )
}

type RowProps = { failover: Failover; instances: ObservedLb['instances'] }

function FailoverRow({ failover: { at, from, to, reason, gap_ms }, instances }: RowProps) {
  const name = (cluster: Failover['from']) =>
    `${INSTANCE_NAMES[roleOn(instances, cluster)]} (${cluster})`
  return (
    <Tr>
      <RowHeader>
        <ClockTime at={at} seconds />
      </RowHeader>
      <Td label="From">{name(from)}</Td>
      <Td label="To">{name(to)}</Td>
      <Td label="Why">{REASONS[reason]}</Td>
      <Td label="Gap" className="whitespace-nowrap tabular-nums">
        {millisecondsText(gap_ms)}
      </Td>
    </Tr>
  )
}
