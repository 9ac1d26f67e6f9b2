import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { PlacementMove } from '#lib/core/placement.ts'

type Moved = { tone: StatusTone; label: string }

const PHASES: Record<PlacementMove['phase'], Moved> = {
  planned: { tone: 'neutral', label: 'Planned' },
  preparing: { tone: 'progress', label: 'Preparing' },
  handing_over: { tone: 'progress', label: 'Switching over' },
  releasing: { tone: 'ok', label: 'Moved' },
}

/** A move's state as a badge. @param move null once it is complete */
export function moveState(move: Pick<PlacementMove, 'phase'> | null): Moved {
  return move ? PHASES[move.phase] : { tone: 'ok', label: 'Moved' }
}

/** A move with its present state. */
export type ShownMove = { move: PlacementMove; current: PlacementMove | null }

/**
 * The moves to show: those that were begun here, complete ones too, then all others.
 * @param begun as they were planned when they were begun
 */
export function shownMoves(
  begun: readonly PlacementMove[],
  moves: readonly PlacementMove[],
): ShownMove[] {
  const current = new Map(moves.map((move) => [move.lb_id, move]))
  const ids = new Set(begun.map(({ lb_id }) => lb_id))
  const others = moves.filter(({ lb_id }) => !ids.has(lb_id))
  return [
    ...begun.map((move) => ({ move, current: current.get(move.lb_id) ?? null })),
    ...others.map((move) => ({ move, current: move })),
  ]
}

/** How many moves there are, and what they cost: "3 load balancers move: 1 by a switchover, 2 without an interruption." */
export function planText(moves: readonly Pick<PlacementMove, 'cost'>[]): string {
  const switchovers = moves.filter(({ cost }) => cost === 'switchover').length
  const free = moves.length - switchovers
  const what = moves.length === 1 ? '1 load balancer moves' : `${moves.length} load balancers move`
  if (switchovers === 0) return `${what} without an interruption: only backups change.`
  if (free === 0) return `${what} by a switchover. ${SWITCHOVER}`
  return `${what}: ${switchovers} by a switchover, ${free} without an interruption. ${SWITCHOVER}`
}

const SWITCHOVER =
  'New connections wait for some milliseconds; those in progress stay on the old host for an hour at most.'
