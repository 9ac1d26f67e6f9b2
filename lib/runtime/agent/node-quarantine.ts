import { readFileSync } from 'node:fs'
import { type QuarantinedLb, QuarantineFile } from '#lib/config/quarantine.ts'
import type { Work } from '#lib/config/work-record.ts'

/** The generations of load balancers that this node is not to run, as they have ended it: the supervisor keeps them. */
export class NodeQuarantine {
  #lbs: QuarantinedLb[] = []

  /** Reads what the supervisor wrote before this process started. A file that is not there, or broken, names none. */
  load(path: string): void {
    try {
      this.#lbs = QuarantineFile.parse(JSON.parse(readFileSync(path, 'utf8'))).quarantined
    } catch {
      this.#lbs = []
    }
  }

  all(): readonly QuarantinedLb[] {
    return this.#lbs
  }

  replace(lbs: QuarantinedLb[]): void {
    this.#lbs = lbs
  }

  has(lbId: string): boolean {
    return this.#lbs.some(({ lb_id }) => lb_id === lbId)
  }

  blocks({ lb_id, generation }: Work): boolean {
    return this.#lbs.some((one) => one.lb_id === lb_id && one.generation === generation)
  }

  /** Whether a generation comes after all that are quarantined of its load balancer. */
  isReleasedBy({ lb_id, generation }: Work): boolean {
    const own = this.#lbs.filter((one) => one.lb_id === lb_id)
    return own.length > 0 && own.every((one) => one.generation < generation)
  }

  release(lbId: string): void {
    this.#lbs = this.#lbs.filter(({ lb_id }) => lb_id !== lbId)
  }
}
