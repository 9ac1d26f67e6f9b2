import Link from 'next/link'
import { Alert } from '#components/ui/alert.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { NodeStatus } from '#lib/core/node.ts'

/** A region's unresponsive nodes and quarantined load balancers. */
export function NodeProblems({ nodes }: { nodes: NodeStatus[] }) {
  const unresponsive = nodes.flatMap(({ problem }) => problem ?? [])
  const quarantined = nodes.flatMap((node) => node.quarantined)
  if (unresponsive.length + quarantined.length === 0) return null
  return (
    <div className="mb-3 grid gap-3">
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
