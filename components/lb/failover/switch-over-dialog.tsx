'use client'
import { useState } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useSwitchover } from '#lib/client/failover-mutations.ts'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { gapWords, roleOn, switchTarget } from './failover-text.ts'

type Props = { observed: ObservedLb; onClose: () => void }

/** Asks before traffic moves to the other instance, says in place what that took, and offers the way back. */
export function SwitchOverDialog({ observed, onClose }: Props) {
  const switchOver = useSwitchover(observed.lb_id)
  // What is asked stays, though meanwhile the reports say that it is done.
  const [asked] = useState(() => switchTarget(observed).instance)
  const [done, setDone] = useState<Failover | null>(null)
  const go = (to: Cluster | undefined) =>
    switchOver.mutate(to ? { to } : {}, { onSuccess: (failover) => setDone(failover) })
  const nameOf = (cluster: Cluster) =>
    `${roleOn(observed.instances, cluster)} instance (cluster ${cluster})`
  const { isPending, error } = switchOver
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={
        done
          ? `The ${roleOn(observed.instances, done.to)} has taken over`
          : asked?.role === 'master'
            ? 'Switch back to the master?'
            : 'Switch over to the backup?'
      }
      description={
        done
          ? undefined
          : `New connections go to the ${asked ? nameOf(asked.cluster) : 'other instance'}. ` +
            'Those in progress complete where they are. How long new ones wait is measured.'
      }
      footer={
        <>
          <Button onClick={onClose}>{done ? 'Close' : 'Cancel'}</Button>
          <Button
            variant={done ? 'secondary' : 'primary'}
            loading={isPending}
            onClick={() => go(done ? done.from : asked?.cluster)}
          >
            {done || asked?.role === 'master' ? 'Switch back' : 'Switch over'}
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        {done && !error && (
          <Alert tone="ok">
            The {nameOf(done.to)} accepts since <ClockTime at={done.at} seconds />. New connections
            waited {gapWords(done.gap_ms)}; none was lost.
          </Alert>
        )}
        {error && <Alert tone="danger">{errorMessage(error)}</Alert>}
      </div>
    </Dialog>
  )
}
