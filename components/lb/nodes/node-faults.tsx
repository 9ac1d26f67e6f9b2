import { RelativeTime } from '#components/ui/relative-time.tsx'
import type { NodeStatus } from '#lib/core/failover.ts'

/** How often something failed inside a node without ending it, and the last of it. The node's log has the stack. */
export function NodeFaults({ faults }: { faults: NodeStatus['faults'] }) {
  const { total, last_at, last_words } = faults
  if (total === 0 || !last_at) return 'None'
  return (
    <span>
      {total}, the last <RelativeTime at={last_at} />
      {last_words && <span className="block max-w-64 truncate text-muted">{last_words}</span>}
    </span>
  )
}
