'use client'
import { useQuery } from '@tanstack/react-query'
import { Plus, Server } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { useMay } from '#components/shell/access.tsx'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { nodeList } from '#lib/client/node-queries.ts'
import type { NodeList } from '#lib/core/node.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { ControlPlanes } from './control-planes.tsx'
import type { NodeAction } from './node-action.ts'
import { OneMachine } from './one-machine.tsx'
import { RegionNodes } from './region-nodes.tsx'
import { VersionNotice } from './version-notice.tsx'

/** Loaded on demand: forms are larger than the rest of the page. */
const AddNodeDialog = dynamic(() =>
  import('./join/add-node-dialog.tsx').then((module) => module.AddNodeDialog),
)
const DrainNodeDialog = dynamic(() =>
  import('./drain-node-dialog.tsx').then((module) => module.DrainNodeDialog),
)
const RemoveNodeDialog = dynamic(() =>
  import('./remove-node-dialog.tsx').then((module) => module.RemoveNodeDialog),
)

const SpreadDialog = dynamic(() =>
  import('./placement/spread-dialog.tsx').then((module) => module.SpreadDialog),
)

const DemoCard = dynamic(() => import('./demo/demo-card.tsx').then((module) => module.DemoCard))

const NO_ADDRESS = 'Set FAIRLEAD_NODE_ADDRESS first.'

/** The nodes of each region with their hosts and load balancers, and those that are to join. */
export function NodesPage() {
  const query = useQuery({ ...browserQuery(nodeList()), refetchInterval: () => pollInterval(2000) })
  const [action, setAction] = useState<NodeAction | null>(null)
  const mayChange = useMay('write')
  const { data } = query
  const add = () => setAction({ what: 'add', pending: null })
  return (
    <div className="grid gap-5">
      <PageHeader
        parent={<Link href={consolePath.loadBalancers()}>Load Balancer</Link>}
        title="Nodes"
        description="Where load balancers run. The master and the backup of each are on different clusters: failure domains within a region."
        actions={
          mayChange &&
          data && (
            <Button
              variant="primary"
              disabledReason={data.node_address === null ? NO_ADDRESS : undefined}
              onClick={add}
            >
              <Plus aria-hidden className="size-4" />
              Add a node
            </Button>
          )
        }
      />
      <RefreshWarning query={query} />
      {!data && !query.error && <Skeleton className="h-48" />}
      {data && <VersionNotice list={data} />}
      {data?.demo && <DemoCard />}
      {data && <Regions list={data} onAction={setAction} />}
      <ControlPlanes />
      {data && <OneMachine list={data} />}
      {data && action?.what === 'add' && (
        <AddNodeDialog
          list={data}
          pending={action.pending}
          onSpread={(region) => setAction({ what: 'spread', region })}
          onClose={() => setAction(null)}
        />
      )}
      {action?.what === 'drain' && (
        <DrainNodeDialog
          node={action.node}
          onSpread={() => setAction({ what: 'spread', region: action.node.region })}
          onClose={() => setAction(null)}
        />
      )}
      {action?.what === 'spread' && (
        <SpreadDialog region={action.region} onClose={() => setAction(null)} />
      )}
      {action?.what === 'remove' && (
        <RemoveNodeDialog node={action.node} onClose={() => setAction(null)} />
      )}
    </div>
  )
}

type RegionsProps = { list: NodeList; onAction: (action: NodeAction) => void }

function Regions({ list, onAction }: RegionsProps) {
  const { nodes, pending } = list
  if (nodes.length + pending.length === 0) {
    if (!list.local_nodes) {
      return (
        <EmptyState icon={<Server aria-hidden />} title="No node yet">
          This machine runs none, so load balancers need nodes on other machines. Add at least two,
          on different clusters.
        </EmptyState>
      )
    }
    return (
      <EmptyState icon={<Server aria-hidden />} title="No node is running">
        The nodes of this machine start with a region's first load balancer.
      </EmptyState>
    )
  }
  return REGIONS.map((region) => {
    const own = {
      nodes: nodes.filter((node) => node.region === region),
      pending: pending.filter((node) => node.region === region),
    }
    if (own.nodes.length + own.pending.length === 0) return null
    return (
      <RegionNodes
        key={region}
        region={region}
        {...own}
        version={list.version}
        onAction={onAction}
      />
    )
  })
}
