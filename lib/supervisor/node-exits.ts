import { isRunning } from '#lib/process/process-identity.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { HangReason, QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { Work, WorkRecord } from '#lib/protocol/work-record.ts'
import { type Blame, blameOf } from './blame.ts'
import type { ChildExit } from './child.ts'
import { Quarantines } from './quarantines.ts'
import { print } from './terminal.ts'
import { takeAbandonedRecords, takeWorkRecord } from './work-records.ts'

/** The generation that the end of a process is blamed on, and what the process was applying at the time. */
export type Verdict = { blame: Blame; applying: Work | null }

type Options = {
  dataDir: string
  /** The directory of the work records. */
  runDir: string
  /** A node's quarantine has changed. */
  onQuarantine: (node: NodeName, lbs: QuarantinedLb[]) => void
}

/** Records how nodes' processes end, and quarantines generations that end them. */
export class NodeExits {
  readonly #options: Options
  readonly #quarantines: Quarantines
  /** The last change that each node is known to have applied. */
  readonly #changed = new Map<NodeName, WorkRecord['changed']>()

  constructor(options: Options) {
    this.#options = options
    this.#quarantines = new Quarantines(options.dataDir, (error) =>
      print(`The quarantine could not be saved: ${(error as Error).message}`),
    )
  }

  /** Accounts for processes that ended while no supervisor was running. */
  accountForAbandoned(): void {
    const status = { code: null, signal: null }
    for (const { node, record } of takeAbandonedRecords(this.#options.runDir, isRunning)) {
      const blame = blameOf({ asked: false, killedFor: null, status }, record, null, Date.now())
      if (blame) this.#blame(node, blame)
    }
  }

  /**
   * Accounts for a process that has ended. Call before it is restarted.
   * @param hang how it hung, if it was killed for that
   * @returns null if none of its load balancers is to blame
   */
  accountFor(
    node: NodeName,
    { pid, timedOut, unexpected, status }: ChildExit,
    hang: HangReason | null,
  ): Verdict | null {
    const record = pid ? takeWorkRecord(this.#options.runDir, pid) : null
    if (!record) return null
    const changed = record.changed ?? this.#changed.get(node) ?? null
    this.#changed.set(node, changed)
    const exit = { asked: !unexpected, killedFor: timedOut ? 'late' : hang, status } as const
    const blame = blameOf(exit, record, changed, Date.now())
    if (!blame) return null
    this.#blame(node, blame)
    return { blame, applying: record.applying }
  }

  /** The node runs and has saved a newer generation, or the load balancer is deleted. */
  release(node: NodeName, lbId: string): void {
    if (this.#quarantines.release(node, lbId)) this.#send(node)
  }

  #blame(node: NodeName, blame: Blame): void {
    const { lb_id, generation, cause } = blame
    const causeText = cause.replaceAll('_', ' ')
    print(
      `Generation ${generation} of load balancer ${lb_id} took down node ${node} (${causeText}).`,
    )
    if (!this.#quarantines.blame(node, blame, Date.now())) return
    print(`Load balancer ${lb_id} is quarantined on node ${node} until its next change.`)
    this.#send(node)
  }

  #send(node: NodeName): void {
    this.#options.onQuarantine(node, this.#quarantines.of(node))
  }
}
