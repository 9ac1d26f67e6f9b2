import { RelativeTime } from '#components/ui/relative-time.tsx'
import type { NodeStatus } from '#lib/core/node.ts'

/** A node's number of internal errors, and the last one. The node's log has the stack. */
export function NodeFaults({ faults }: { faults: NodeStatus['faults'] }) {
  const { total, last_at, last_message } = faults
  if (total === 0 || !last_at) return 'None'
  return (
    <span>
      {total}, last <RelativeTime at={last_at} />
      {last_message && <span className="block max-w-64 truncate text-muted">{last_message}</span>}
    </span>
  )
}
