import { type Boundary, contain } from '#lib/process/faults.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import { loopBudget } from './loop-budget.ts'
import { runQueue } from './run-queue.ts'

/**
 * Runs an action for many members: a slice of them at once, the rest through the run queue. A fault does not stop it.
 * @param fail called for a member for which `act` threw
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
        if (done === all.length || !loopBudget.sliceSpent) continue
        runQueue.addContinued(task)
        return
      }
    },
    onFault: () => {},
  }
  loopBudget.begin(task)
  task.run()
}
