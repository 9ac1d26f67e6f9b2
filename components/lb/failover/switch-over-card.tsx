'use client'
import { ArrowLeftRight } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import type { ObservedLb } from '#lib/core/observed.ts'
import { switchTarget } from './failover-text.ts'
import { LastFailovers } from './last-failovers.tsx'

/** Loaded on demand. */
const SwitchOverDialog = dynamic(() =>
  import('./switch-over-dialog.tsx').then((module) => module.SwitchOverDialog),
)

/** The last failovers, and the button **Switch over**. */
export function SwitchOverCard({ observed }: { observed: ObservedLb }) {
  const [open, setOpen] = useState(false)
  const { instance, refusal } = switchTarget(observed)
  const back = instance?.role === 'master'
  return (
    <Card id="failovers" title="Last failovers">
      <LastFailovers observed={observed} />
      <div className="mt-4 flex flex-wrap items-center justify-between gap-3 border-t border-border pt-4">
        <p className="max-w-prose text-muted">
          Moves new connections to the {instance?.role ?? 'other'} instance; those in progress
          complete where they are. Nothing is lost.
        </p>
        <Button changes disabledReason={refusal} onClick={() => setOpen(true)}>
          <ArrowLeftRight aria-hidden className="size-4" />
          {back ? 'Switch back to master' : 'Switch over'}
        </Button>
      </div>
      {open && <SwitchOverDialog observed={observed} onClose={() => setOpen(false)} />}
    </Card>
  )
}
