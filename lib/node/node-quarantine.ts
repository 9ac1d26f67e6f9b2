import { readFileSync } from 'node:fs'
import { type QuarantinedLb, QuarantineFile } from '#lib/protocol/quarantine.ts'
import type { Work } from '#lib/protocol/work-record.ts'

/** The generations in quarantine on this node. The supervisor owns the list. */
export class NodeQuarantine {
  #lbs: QuarantinedLb[] = []

  /** Reads the supervisor's file. A missing or invalid file means an empty list. */
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

  /** Whether a generation is newer than all of the load balancer's generations in quarantine, and so releases it. */
  isReleasedBy({ lb_id, generation }: Work): boolean {
    const own = this.#lbs.filter((one) => one.lb_id === lb_id)
    return own.length > 0 && own.every((one) => one.generation < generation)
  }

  release(lbId: string): void {
    this.#lbs = this.#lbs.filter(({ lb_id }) => lb_id !== lbId)
  }
}
