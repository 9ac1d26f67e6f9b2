'use client'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useDrainNode } from '#lib/client/node-mutations.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { lbCount, moveResultText } from './move-text.ts'

/** Confirms a drain, then shows what has moved and the measured interruption. */
export function DrainNodeDialog({ node, onClose }: { node: NodeStatus; onClose: () => void }) {
  const drain = useDrainNode(node)
  const { isPending, error, data } = drain
  const { name, active_lbs: active } = node
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={data ? `${name} is drained` : `Drain ${name}?`}
      description={
        data
          ? undefined
          : `It accepts the new connections of ${lbCount(active)}. Other nodes take them over one after the other, and connections in progress complete where they are. How long new connections wait is measured.`
      }
      footer={
        <>
          <Button onClick={onClose}>{data ? 'Close' : 'Cancel'}</Button>
          {!data && (
            <Button variant="primary" loading={isPending} onClick={() => drain.mutate()}>
              Drain node
            </Button>
          )}
        </>
      }
    >
      {data && <Alert tone={data.problem ? 'warn' : 'ok'}>{moveResultText(data)}</Alert>}
      {error && <Alert tone="danger">{errorMessage(error)}</Alert>}
    </Dialog>
  )
}
