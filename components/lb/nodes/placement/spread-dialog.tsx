'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useMay } from '#components/shell/access.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { useCancelMoves, useStartMoves } from '#lib/client/node-mutations.ts'
import { regionPlacement } from '#lib/client/node-queries.ts'
import type { Region } from '#lib/core/locality.ts'
import type { PlacementMove, RegionPlacement } from '#lib/core/placement.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'
import { RefreshWarning } from '../../refresh-state.tsx'
import { lbCount } from '../move-text.ts'
import { planText, shownMoves } from './move-state.ts'
import { MoveTable } from './move-table.tsx'

/** While moves are in progress: they cause few events. */
const PROGRESS_MS = 1000

const isInProgress = ({ phase }: PlacementMove) => phase !== 'planned'

/** Shows which load balancers would move between hosts, then their progress. */
export function SpreadDialog({ region, onClose }: { region: Region; onClose: () => void }) {
  const query = useQuery({
    ...browserQuery(regionPlacement(region)),
    refetchInterval: ({ state }) =>
      state.data?.moves.some(isInProgress) ? PROGRESS_MS : pollInterval(5000),
  })
  const [begun, setBegun] = useState<PlacementMove[]>([])
  const start = useStartMoves(region)
  const cancel = useCancelMoves(region)
  const mayChange = useMay('write')
  const onCancel = ({ lb_id }: PlacementMove) => {
    setBegun((moves) => moves.filter((move) => move.lb_id !== lb_id))
    cancel.mutate({ lb_ids: [lb_id] })
  }
  const { data } = query
  const planned = data?.moves.filter((move) => !isInProgress(move)) ?? []
  const onStart = () => {
    const known = new Set(planned.map(({ lb_id }) => lb_id))
    setBegun([...planned, ...begun.filter(({ lb_id }) => !known.has(lb_id))])
    // Those that are shown, not those that are planned meanwhile.
    start.mutate({ lb_ids: [...known] })
  }
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={`Spread load balancers in ${REGION_NAMES[region]}`}
      footer={
        <>
          <Button onClick={onClose}>{begun.length > 0 ? 'Close' : 'Cancel'}</Button>
          {planned.length > 0 && (
            <Button variant="primary" loading={start.isPending} onClick={onStart}>
              Move {lbCount(planned.length)}
            </Button>
          )}
        </>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <RefreshWarning query={query} />
        {!data && !query.error && <Skeleton className="h-32" />}
        {data && (
          <Placement placement={data} begun={begun} onCancel={mayChange ? onCancel : null} />
        )}
        {[start.error, cancel.error].map(
          (error) =>
            error && (
              <Alert key={error.message} tone="danger">
                {errorMessage(error)}
              </Alert>
            ),
        )}
      </div>
    </Dialog>
  )
}

type PlacementProps = { placement: RegionPlacement; begun: PlacementMove[] }
type MovesProps = PlacementProps & { onCancel: ((move: PlacementMove) => void) | null }

function Placement({ placement, begun, onCancel }: MovesProps) {
  const { moves, problem } = placement
  const shown = shownMoves(begun, moves)
  const planned = moves.filter((move) => !isInProgress(move))
  return (
    <>
      {problem && <Alert tone="warn">{problem}</Alert>}
      <p role="status" className="text-muted">
        {planned.length > 0 ? planText(planned) : <Summary placement={placement} begun={begun} />}
      </p>
      {shown.length > 0 && <MoveTable shown={shown} onCancel={onCancel} />}
    </>
  )
}

function Summary({ placement: { pairs, moves }, begun }: PlacementProps) {
  const usable = pairs.filter((pair) => pair.usable).length
  const left = moves.filter(({ phase }) => phase !== 'releasing').length
  if (left > 0) return `${lbCount(left)} still to move. You can close this: they move on.`
  if (usable === 0) {
    return 'There is no pair of hosts: that takes a node in cluster a and one in cluster b, each on a host of its own and not draining.'
  }
  if (begun.length > 0) return 'All load balancers have moved.'
  const over = usable === 1 ? '1 pair of hosts' : `${usable} pairs of hosts`
  return `Nothing to move: load balancers are spread evenly over ${over}.`
}
