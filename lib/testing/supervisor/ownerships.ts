import { expect } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type {
  AddressOwnership,
  Claim,
} from '#lib/supervisor/address-ownership/address-ownership.ts'
import { InProcessOwnership } from '#lib/supervisor/address-ownership/in-process-ownership.ts'
import { type RecordedWorker, recordedWorker } from './recorded-worker.ts'

type Options = {
  failbackMs?: number | null
  /** The clock that measures interruptions. Milliseconds. */
  now?: () => number
}

type Implementation = {
  name: string
  create: (options?: Options) => AddressOwnership
  /** Whether it hands sockets to the workers. Otherwise they bind their own. */
  handsOverSockets: boolean
}

/** Every implementation of `AddressOwnership`: the contract tests run against each. */
export const IMPLEMENTATIONS: Implementation[] = [
  {
    name: 'InProcessOwnership',
    create: (options) => new InProcessOwnership(options),
    handsOverSockets: true,
  },
]

/** An implementation under test, with its clock and the takeovers that it has reported. */
export class OwnershipUnderTest {
  readonly ownership: AddressOwnership
  readonly takeovers: Failover[] = []
  now = 1000
  readonly #claim: Claim

  constructor({ create }: Pick<Implementation, 'create'>, claim: Claim, failbackMs?: number) {
    this.#claim = claim
    this.ownership = create({ failbackMs: failbackMs ?? null, now: () => this.now })
    this.ownership.onTakeover = (takeover) => this.takeovers.push(takeover)
  }

  claiming(node: NodeName, worker = 1, workers = 1): RecordedWorker {
    const one = recordedWorker(node, worker, workers)
    this.ownership.claim(one, this.#claim)
    return one
  }

  /** Both nodes claim: the master on cluster a is the owner. */
  bothClaim(): { a: RecordedWorker; b: RecordedWorker } {
    const [a, b] = [this.claiming('fr-par-a'), this.claiming('fr-par-b')]
    this.ownership.accepting(a, this.#claim.lb_id)
    return { a, b }
  }

  takeover(from: string, to: string, reason: string, gap_ms: number) {
    return {
      id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      lb_id: this.#claim.lb_id,
      at: expect.any(String),
      from,
      to,
      reason,
      gap_ms: expect.closeTo(gap_ms),
    }
  }
}
