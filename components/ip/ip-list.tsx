'use client'
import { useQuery } from '@tanstack/react-query'
import { MapPin, Search } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { RefreshWarning, UpdatedAt } from '#components/lb/refresh-state.tsx'
import { useTarget } from '#components/lb/use-target.ts'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Table, Th, Thead } from '#components/ui/table.tsx'
import { useListState } from '#components/ui/use-url-state.ts'
import { WindowedTbody } from '#components/ui/windowed-tbody.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { allIps } from '#lib/client/ip-queries.ts'
import { allLbs } from '#lib/client/lb-queries.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import type { Ip } from '#lib/core/ip.ts'
import { IpFilters } from './ip-filters.tsx'
import { IP_LIST_PARAMETERS, shownIps } from './ip-query.ts'
import { IpRow } from './ip-row.tsx'

const ReleaseIpDialog = dynamic(() =>
  import('./release-ip-dialog.tsx').then((module) => module.ReleaseIpDialog),
)

const interval = () => pollInterval(5000)

const rowIdOf = ({ id }: Ip) => `ip-${id}`

/** The highly available IPs of all regions, attached and conserved. */
export function IpList() {
  const query = useQuery({ ...browserQuery(allIps()), refetchInterval: interval })
  const lbs = useQuery(browserQuery(allLbs())).data
  const names = new Map(lbs?.map(({ lb }) => [lb.id, lb.name]))
  const target = useTarget()
  const { state, change, clear, typed } = useListState(IP_LIST_PARAMETERS)
  const [releasing, setReleasing] = useState<Ip | null>(null)
  const { data } = query
  const shown = data && shownIps(data, state, names)
  return (
    <div className="grid gap-5">
      <PageHeader
        title="IP addresses"
        description="Highly available addresses. One that is conserved waits for the next load balancer of its region."
        actions={data && <UpdatedAt query={query} />}
      />
      <RefreshWarning query={query} />
      {data?.length === 0 && (
        <EmptyState icon={<MapPin aria-hidden />} title="No IP addresses">
          A load balancer gets its address when it is created. Start with{' '}
          <Link href={consolePath.createLoadBalancer()} className="text-accent underline">
            a new load balancer
          </Link>
          .
        </EmptyState>
      )}
      {data && data.length > 0 && <IpFilters query={state} typed={typed} onChange={change} />}
      {data && data.length > 0 && shown?.length === 0 && (
        <EmptyState
          icon={<Search aria-hidden />}
          title="No IP address matches"
          action={<Button onClick={clear}>Clear the filter</Button>}
        />
      )}
      {shown && shown.length > 0 && (
        <Table name="IP addresses" rowCount={shown.length}>
          <Thead>
            <Th>Address</Th>
            <Th>Region</Th>
            <Th>Attached to</Th>
            <Th actions />
          </Thead>
          <WindowedTbody items={shown} idOf={rowIdOf} target={target}>
            {(ip, rowProps) => (
              <IpRow
                ip={ip}
                rowProps={rowProps}
                attachedTo={names.get(ip.lb_id ?? '')}
                onRelease={() => setReleasing(ip)}
              />
            )}
          </WindowedTbody>
        </Table>
      )}
      {releasing && <ReleaseIpDialog ip={releasing} onClose={() => setReleasing(null)} />}
    </div>
  )
}
