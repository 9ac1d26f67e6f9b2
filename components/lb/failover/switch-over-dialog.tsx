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
import { millisecondsText, roleOn, switchTarget } from './failover-text.ts'

type Props = { observed: ObservedLb; onClose: () => void }

/** Confirms a switchover, then shows the measured interruption and offers to switch back. */
export function SwitchOverDialog({ observed, onClose }: Props) {
  const switchOver = useSwitchover(observed.lb_id)
  // Reports that arrive after the switchover must not change the target.
  const [target] = useState(() => switchTarget(observed).instance)
  const [done, setDone] = useState<Failover | null>(null)
  const start = (to: Cluster | undefined) =>
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
          : target?.role === 'master'
            ? 'Switch back to the master?'
            : 'Switch over to the backup?'
      }
      description={
        done
          ? undefined
          : `New connections go to the ${target ? nameOf(target.cluster) : 'other instance'}. ` +
            'Those in progress complete where they are. How long new ones wait is measured.'
      }
      footer={
        <>
          <Button onClick={onClose}>{done ? 'Close' : 'Cancel'}</Button>
          <Button
            variant={done ? 'secondary' : 'primary'}
            loading={isPending}
            onClick={() => start(done ? done.from : target?.cluster)}
          >
            {done || target?.role === 'master' ? 'Switch back' : 'Switch over'}
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        {done && !error && (
          <Alert tone="ok">
            The {nameOf(done.to)} accepts since <ClockTime at={done.at} seconds />. New connections
            waited {millisecondsText(done.gap_ms)}; none was lost.
          </Alert>
        )}
        {error && <Alert tone="danger">{errorMessage(error)}</Alert>}
      </div>
    </Dialog>
  )
}
