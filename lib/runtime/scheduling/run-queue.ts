import { contain, reportFault } from '#lib/process/faults.ts'
import { ITERATION_MS, loopBudget, SLICE_MS } from './loop-budget.ts'

/** Work for a later iteration of the event loop. */
export interface Task {
  /** Does up to a slice of work. A task with more work adds itself again. */
  run(): void
  /** `run` threw: closes the task's connection. */
  onFault(): void
}

type Continued = { task: Task; debtMs: number }

/**
 * Work of connections for later iterations of the event loop, in two queues. Work that has had no slice yet (arrived) runs first. Work
 * that has used up a slice (continued) shares one slice per iteration, round robin. So a connection with little work waits for about
 * one slice, however many others have endless work.
 */
export class RunQueue {
  #arrived: Task[] = []
  readonly #continued: Continued[] = []
  #scheduled = false

  /** Adds work that could not start because the iteration's time was used up. */
  addArrived(task: Task): void {
    this.#arrived.push(task)
    this.#schedule()
  }

  /**
   * Adds work that has used up its slice, at the end of the queue.
   * @param debtMs time to charge, if `run` only resumes the work
   */
  addContinued(task: Task, debtMs = 0): void {
    this.#continued.push({ task, debtMs })
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#run)
  }

  readonly #run = contain(
    'connection',
    () => {
      this.#runArrived()
      this.#runContinued()
      this.#reschedule()
    },
    () => this.#reschedule(),
  )

  #reschedule(): void {
    this.#scheduled = false
    if (this.#arrived.length + this.#continued.length > 0) this.#schedule()
  }

  #runArrived(): void {
    const arrived = this.#arrived
    if (arrived.length === 0) return
    const end = performance.now() + ITERATION_MS
    let count = 0
    do {
      runTask(arrived[count] as Task)
      count += 1
    } while (count < arrived.length && performance.now() < end)
    arrived.splice(0, count)
  }

  /** Runs at least one task, so that none starves. */
  #runContinued(): void {
    const start = performance.now()
    let debtMs = 0
    for (let next = this.#continued.shift(); next; next = this.#continued.shift()) {
      debtMs += next.debtMs
      runTask(next.task)
      if (performance.now() - start + debtMs > SLICE_MS) return
    }
  }
}

function runTask(task: Task): void {
  loopBudget.begin(task)
  try {
    task.run()
  } catch (fault) {
    reportFault(fault)
    task.onFault()
  }
}

/** The run queue of this process. */
export const runQueue = new RunQueue()
