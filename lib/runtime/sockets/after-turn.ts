import { contain, reportFault } from '#lib/process/faults.ts'

/** Does something for many at once, when all that came in this turn of the event loop has been read. */
export class AfterTurn<Member> {
  readonly #act: (member: Member) => void
  #members: Member[] = []

  constructor(act: (member: Member) => void) {
    this.#act = act
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
        }
      }
    },
    () => {
      if (this.#members.length > 0) setImmediate(this.#run)
    },
  )
}
