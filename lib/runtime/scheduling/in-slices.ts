import { type Boundary, contain } from '#lib/process/faults.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import { runQueue } from './run-queue.ts'
import { turnBudget } from './turn-budget.ts'

/**
 * Does something for many: a slice of it at once, the rest in later turns.
 * @param fail ends what a member stands for, where `act` threw for it; the others get their turn all the same
 */
export function inSlices<Member>(
  boundary: Boundary,
  members: Iterable<Member>,
  act: (member: Member) => unknown,
  fail: (fault: unknown, member: Member) => unknown = () => {},
): void {
  const all = [...members]
  const mark = currentMark()
  const contained = contain(boundary, (member: Member) => workUnder(mark, () => act(member)), fail)
  let done = 0
  const task = {
    run: () => {
      while (done < all.length) {
        contained(all[done] as Member)
        done += 1
        if (done === all.length || !turnBudget.sliceSpent) continue
        runQueue.addContinued(task)
        return
      }
    },
    onFault: () => {},
  }
  turnBudget.begin(task)
  task.run()
}
