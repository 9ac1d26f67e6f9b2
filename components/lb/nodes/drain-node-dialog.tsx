'use client'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useDrainNode } from '#lib/client/node-mutations.ts'
import type { SwitchoverResult } from '#lib/core/failover.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { lbCount, moveResultText } from './move-text.ts'
import { hasJoined } from './node-state.ts'

function titleOf(name: string, result: SwitchoverResult | undefined): string {
  if (!result) return `Drain ${name}?`
  return result.problem ? `${name} is draining` : `${name} is drained`
}

type Props = {
  node: NodeStatus
  /** Leads on to moving what is still placed on it. */
  onSpread: () => void
  onClose: () => void
}

/** Confirms a drain, then shows what has moved and the measured interruption. */
export function DrainNodeDialog({ node, onSpread, onClose }: Props) {
  const drain = useDrainNode(node)
  const { isPending, error, data } = drain
  const { name, active_lbs: active } = node
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={titleOf(name, data)}
      description={
        data
          ? undefined
          : active === 0
            ? 'It accepts no connections now. Nothing new is placed on it until you return it to service.'
            : `It accepts the new connections of ${lbCount(active)}. Other nodes take them over, and connections in progress complete where they are. How long new connections wait is measured.`
      }
      footer={
        <>
          {data && hasJoined(node) && <Button onClick={onSpread}>Spread load balancers</Button>}
          <Button onClick={onClose}>{data ? 'Close' : 'Cancel'}</Button>
          {!data && (
            <Button variant="primary" loading={isPending} onClick={() => drain.mutate()}>
              Drain node
            </Button>
          )}
        </>
      }
    >
      {data && hasJoined(node) && (
        <p className="mb-3 text-muted">
          Nothing new is placed on it until you return it to service. To remove it, or to keep a
          backup for its load balancers while it is drained, spread them over other hosts.
        </p>
      )}
      {data && <Alert tone={data.problem ? 'warn' : 'ok'}>{moveResultText(data)}</Alert>}
      {error && <Alert tone="danger">{errorMessage(error)}</Alert>}
    </Dialog>
  )
}
