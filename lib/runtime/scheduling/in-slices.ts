import { reportFault } from '../faults.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import { runQueue } from './run-queue.ts'
import { turnBudget } from './turn-budget.ts'

/** Does something for many: a slice of it at once, the rest in later turns. A fault is that member's alone. */
export function inSlices<Member>(members: Iterable<Member>, act: (member: Member) => void): void {
  const all = [...members]
  const mark = currentMark()
  let done = 0
  const task = {
    run: () => {
      while (done < all.length) {
        actFor(all[done] as Member)
        done += 1
        if (done === all.length || !turnBudget.sliceSpent) continue
        runQueue.addContinued(task)
        return
      }
    },
    onFault: () => {},
  }
  const actFor = (member: Member) => {
    try {
      workUnder(mark, () => act(member))
    } catch (fault) {
      reportFault(fault)
    }
  }
  turnBudget.begin(task)
  task.run()
}
