import Link from 'next/link'
import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { NodeList } from '#lib/core/node.ts'
import { hasJoined } from './node-state.ts'

/** What a second machine gives, while there is none. */
export function OneMachine({ list }: { list: NodeList }) {
  const { nodes, pending, local_nodes: hasLocal, node_address: address } = list
  if (!hasLocal || nodes.some(hasJoined) || pending.length > 0) return null
  return (
    <Card title="One machine">
      <div className="grid max-w-prose gap-2 text-muted">
        <p>
          All nodes run on this machine. Load balancers survive the failure of a process, not the
          failure of the machine.
        </p>
        <p>
          With a node on a second machine, master and backup run on different hosts. When one host
          fails, the other takes over its HA IPs, typically within 250 ms. See{' '}
          <Link
            href={`${consolePath.documentation()}/several-machines`}
            className="text-accent underline"
          >
            Several machines
          </Link>
          .
        </p>
        {address === null && (
          <p className="text-text">
            To add a node, set{' '}
            <Link
              href={`${consolePath.documentation()}/settings#fairlead_node_address`}
              className="text-accent hover:underline"
            >
              <Code>FAIRLEAD_NODE_ADDRESS</Code>
            </Link>{' '}
            to the address where other machines reach this one, for example{' '}
            <Code>10.0.0.1:3443</Code>, and restart Fairlead.
          </p>
        )}
      </div>
    </Card>
  )
}
