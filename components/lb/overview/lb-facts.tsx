import Link from 'next/link'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Definition, DefinitionList } from '#components/ui/definition-list.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { Tag } from '#components/ui/tag.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { LbOverview } from '#lib/core/observed.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'
import { HealthyServers } from '../list/healthy-servers.tsx'

type Props = { overview: LbOverview; onResize: () => void; onSubscribe: () => void }

/** A load balancer's settings. */
export function LbFacts({ overview, onResize, onSubscribe }: Props) {
  const { lb, servers, servers_up } = overview
  const ip = lb.ip[0]
  return (
    <DefinitionList>
      <Definition term="IP address">
        {ip ? (
          <span className="-my-1 inline-flex items-center gap-1">
            <Link href={consolePath.ipAddress(ip.id)} className="text-accent hover:underline">
              <Code>{ip.ip_address}</Code>
            </Link>
            <CopyButton text={ip.ip_address} label="Copy IP address" />
          </span>
        ) : (
          'None'
        )}
      </Definition>
      <Definition term="Healthy servers">
        <HealthyServers up={servers_up} of={servers} />
      </Definition>
      <Definition term="Region">
        {REGION_NAMES[lb.region]} <span className="text-muted">{lb.zone}</span>
      </Definition>
      <Definition term="Type">
        <span className="-my-1 inline-flex items-center gap-2">
          {lb.type.toUpperCase()}
          <Button size="small" variant="ghost" onClick={onResize}>
            Change type
          </Button>
        </span>
      </Definition>
      <Definition term="Subscriber">
        <span className="-my-1 inline-flex items-center gap-2">
          {lb.subscriber?.name ?? 'Nobody is told'}
          <Button size="small" variant="ghost" aria-label="Change subscriber" onClick={onSubscribe}>
            Change
          </Button>
        </span>
      </Definition>
      <Definition term="Tags">
        {lb.tags.length === 0 ? (
          'None'
        ) : (
          <span className="flex flex-wrap gap-1">
            {lb.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </span>
        )}
      </Definition>
      <Definition term="ID">
        <span className="-my-1 inline-flex items-center gap-1">
          <Code>{lb.id}</Code>
          <CopyButton text={lb.id} label="Copy ID" />
        </span>
      </Definition>
      <Definition term="Created">
        <RelativeTime at={lb.created_at} />
      </Definition>
    </DefinitionList>
  )
}
