import { ArrowLeftRight } from 'lucide-react'
import Link from 'next/link'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Change } from '#lib/core/change.ts'
import { failoverText } from '../failover/failover-text.ts'
import { actorName, type HistoryEntry } from './change-text.ts'

type Props = {
  lbId: string
  entry: HistoryEntry
  failover: NonNullable<Change['failover']>
}

/** A failover or switchover, with who requested it, and a link to the last failovers. It changes no configuration, so there is nothing to restore. */
export function FailoverItem({ lbId, entry: { at, actor }, failover }: Props) {
  return (
    <li className="grid grid-cols-[1.25rem_minmax(0,1fr)] gap-x-3 py-3.5">
      <ArrowLeftRight aria-hidden className="mt-0.5 size-4 text-muted" />
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p>
          <Link
            href={`${consolePath.loadBalancer(lbId)}#failovers`}
            className="text-accent underline"
          >
            {failoverText(failover)}
          </Link>{' '}
          {actor.kind !== 'system' && <>Requested by {actorName(actor)}.</>}
        </p>
        <p className="text-[0.8125rem] text-muted">
          <RelativeTime at={at} />
        </p>
      </div>
    </li>
  )
}
