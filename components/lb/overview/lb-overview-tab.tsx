'use client'
import { Pencil, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import type { Lb } from '#lib/core/lb.ts'
import type { LbOverview, ObservedLb } from '#lib/core/observed.ts'
import { CopyAsButton } from '../copy-as/copy-as-button.tsx'
import { DivergenceNotice } from '../divergence/divergence-notice.tsx'
import { ServerViews } from '../failover/server-views.tsx'
import { SwitchOverCard } from '../failover/switch-over-card.tsx'
import { ProblemList } from '../health/problem-list.tsx'
import { useKnownHealth } from '../health/use-health.ts'
import { LostInstances } from '../nodes/lost-instances.tsx'
import { RefreshWarning } from '../refresh-state.tsx'
import { TrafficSection } from '../traffic/traffic-section.tsx'
import { useObserved, useOverview } from '../use-lb.ts'
import { AppliedState } from './applied-state.tsx'
import { InstanceCards } from './instance-cards.tsx'
import { LbFacts } from './lb-facts.tsx'
import { LivePicture } from './live-picture.tsx'

/** Loaded on demand: forms and dialogs are larger than the rest of the page. */
const EditLbDialog = dynamic(() =>
  import('./edit-lb-dialog.tsx').then((module) => module.EditLbDialog),
)

const DeleteLbDialog = dynamic(() =>
  import('../delete-lb-dialog.tsx').then((module) => module.DeleteLbDialog),
)

const ResizeDialog = dynamic(() =>
  import('../resize/resize-dialog.tsx').then((module) => module.ResizeDialog),
)

const SubscribeDialog = dynamic(() =>
  import('./subscribe-dialog.tsx').then((module) => module.SubscribeDialog),
)

/** The overview of a load balancer. @param apiUrl the API's URL, for **Copy as** */
export function LbOverviewTab({ id, apiUrl }: { id: string; apiUrl: string }) {
  const overview = useOverview(id).data
  const observed = useObserved(id)
  const known = useKnownHealth(id)
  if (!overview) return null
  return (
    <div className="grid gap-5">
      <DivergenceNotice lbId={id} />
      {observed.data && <LostInstances observed={observed.data} />}
      <ProblemList lbId={id} problems={known?.problems ?? overview.problems} />
      <RefreshWarning query={observed} />
      <Card
        title="How traffic flows"
        actions={observed.data && <AppliedState observed={observed.data} />}
      >
        <LivePicture lb={overview.lb} />
      </Card>
      <TrafficSection id={id} />
      {observed.data && <Availability lb={overview.lb} observed={observed.data} />}
      <Details overview={overview} apiUrl={apiUrl} />
    </div>
  )
}

/** The instances, the last failovers, and the servers' health on each node. */
function Availability({ lb, observed }: { lb: Lb; observed: ObservedLb }) {
  return (
    <>
      <InstanceCards lb={lb} observed={observed} />
      <SwitchOverCard observed={observed} />
      <ServerViews lb={lb} observed={observed} />
    </>
  )
}

function Details({ overview, apiUrl }: { overview: LbOverview; apiUrl: string }) {
  const [open, setOpen] = useState<'edit' | 'delete' | 'resize' | 'subscribe' | null>(null)
  const { lb } = overview
  return (
    <>
      <Card
        title="Details"
        actions={
          <div className="flex gap-2">
            <CopyAsButton lb={lb} apiUrl={apiUrl} />
            <Button changes size="small" onClick={() => setOpen('edit')}>
              <Pencil aria-hidden className="size-3.5" />
              Edit
            </Button>
          </div>
        }
      >
        <LbFacts
          overview={overview}
          onResize={() => setOpen('resize')}
          onSubscribe={() => setOpen('subscribe')}
        />
      </Card>
      <Card title="Delete">
        <div className="-mt-2 flex flex-wrap items-center justify-between gap-3">
          <p className="text-muted">
            Its rules are lost and its connections are cut. Its address can be kept.
          </p>
          <Button changes variant="danger" onClick={() => setOpen('delete')}>
            <Trash2 aria-hidden className="size-4" />
            Delete Load Balancer
          </Button>
        </div>
      </Card>
      {open === 'edit' && <EditLbDialog lb={lb} onClose={() => setOpen(null)} />}
      {open === 'resize' && <ResizeDialog lb={lb} onClose={() => setOpen(null)} />}
      {open === 'subscribe' && <SubscribeDialog lb={lb} onClose={() => setOpen(null)} />}
      {open === 'delete' && <DeleteLbDialog lb={lb} onClose={() => setOpen(null)} />}
    </>
  )
}
