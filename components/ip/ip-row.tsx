import Link from 'next/link'
import { TargetRow } from '#components/lb/target-row.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Td } from '#components/ui/table.tsx'
import type { WindowedRowProps } from '#components/ui/windowed-tbody.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Ip } from '#lib/core/ip.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'

type Props = {
  ip: Ip
  rowProps: WindowedRowProps
  /** The name of the load balancer that uses the IP; undefined until it is loaded. */
  attachedTo: string | undefined
  onRelease: () => void
}

/** An IP address as a row. */
export function IpRow({ ip, rowProps, attachedTo, onRelease }: Props) {
  const attached = ip.lb_id !== null
  return (
    <TargetRow id={`ip-${ip.id}`} {...rowProps}>
      <RowHeader>
        <span className="inline-flex items-center gap-1">
          <Code className="whitespace-nowrap">{ip.ip_address}</Code>
          <CopyButton text={ip.ip_address} label={`Copy ${ip.ip_address}`} />
        </span>
      </RowHeader>
      <Td label="Region">{REGION_NAMES[ip.region]}</Td>
      <Td label="Attached to">
        {ip.lb_id === null ? (
          <StatusBadge tone="neutral">Conserved</StatusBadge>
        ) : (
          <Link href={consolePath.loadBalancer(ip.lb_id)} className="text-accent hover:underline">
            {attachedTo ?? ip.lb_id}
          </Link>
        )}
      </Td>
      <Td actions>
        <Button
          changes
          size="small"
          aria-label={`Release ${ip.ip_address}`}
          disabledReason={
            attached
              ? 'A load balancer uses it. Delete that first, and keep or release it there.'
              : undefined
          }
          onClick={onRelease}
        >
          Release
        </Button>
      </Td>
    </TargetRow>
  )
}
