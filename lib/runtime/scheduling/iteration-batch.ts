import { contain, reportFault } from '#lib/process/faults.ts'

/** Runs an action for many members, once all data of this iteration of the event loop has been read. */
export class IterationBatch<Member> {
  readonly #act: (member: Member) => void
  readonly #fail: (member: Member) => void
  #members: Member[] = []

  /** @param fail closes a member for which `act` threw */
  constructor(act: (member: Member) => void, fail: (member: Member) => void) {
    this.#act = act
    this.#fail = contain('connection', fail)
  }

  add(member: Member): void {
    if (this.#members.length === 0) setImmediate(this.#run)
    this.#members.push(member)
  }

  readonly #run = contain(
    'connection',
    () => {
      const members = this.#members
      this.#members = []
      for (const member of members) {
        try {
          this.#act(member)
        } catch (fault) {
          reportFault(fault)
          this.#fail(member)
        }
      }
    },
    () => {
      if (this.#members.length > 0) setImmediate(this.#run)
    },
  )
}
