import Link from 'next/link'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { TextWithTimes } from '#components/ui/text-with-times.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { LostNode } from './lost-node.tsx'
import type { NodeAction } from './node-action.ts'
import { isLost } from './node-state.ts'

type Props = {
  nodes: NodeStatus[]
  /** Null for viewers. */
  onAction: ((action: NodeAction) => void) | null
}

const hasLbs = ({ outage }: NodeStatus) => (outage?.lbs ?? 0) > 0

/** Nothing moves to a draining node, so a lost one is drained before its load balancers are spread over the others. */
function Remedy({ node, onAction }: { node: NodeStatus; onAction: (action: NodeAction) => void }) {
  if (!node.draining) {
    return (
      <Button size="small" onClick={() => onAction({ what: 'drain', node })}>
        Drain node
      </Button>
    )
  }
  return (
    <Button size="small" onClick={() => onAction({ what: 'spread', region: node.region })}>
      Spread load balancers
    </Button>
  )
}

/** A region's lost and unresponsive nodes, and quarantined load balancers. */
export function NodeProblems({ nodes, onAction }: Props) {
  const lost = nodes.filter(isLost)
  const unresponsive = nodes.flatMap(({ problem }) => problem ?? [])
  const quarantined = nodes.flatMap((node) => node.quarantined)
  if (lost.length + unresponsive.length + quarantined.length === 0) return null
  return (
    <div className="mb-3 grid gap-3">
      {lost.map((node) => (
        <LostNode
          key={node.id}
          node={node}
          action={onAction && hasLbs(node) && <Remedy node={node} onAction={onAction} />}
        />
      ))}
      {unresponsive.map((problem) => (
        <Alert key={problem} tone="danger">
          <TextWithTimes text={problem} />
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
