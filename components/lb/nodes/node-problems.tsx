import Link from 'next/link'
import { Alert } from '#components/ui/alert.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { LostNode } from './lost-node.tsx'
import { isLost } from './node-state.ts'

/** A region's lost and unresponsive nodes, and quarantined load balancers. */
export function NodeProblems({ nodes }: { nodes: NodeStatus[] }) {
  const lost = nodes.filter(isLost)
  const unresponsive = nodes.flatMap(({ problem }) => problem ?? [])
  const quarantined = nodes.flatMap((node) => node.quarantined)
  if (lost.length + unresponsive.length + quarantined.length === 0) return null
  return (
    <div className="mb-3 grid gap-3">
      {lost.map((node) => (
        <LostNode key={node.id} node={node} />
      ))}
      {unresponsive.map((problem) => (
        <Alert key={problem} tone="danger">
          {problem}
        </Alert>
      ))}
      {quarantined.map(({ lb_id, lb_name, problem }) => (
        <Alert
          key={problem + lb_id}
          tone="warn"
          title={
            <Link href={consolePath.loadBalancer(lb_id)} className="text-accent hover:underline">
              {lb_name}
            </Link>
          }
        >
          {problem}
        </Alert>
      ))}
    </div>
  )
}
