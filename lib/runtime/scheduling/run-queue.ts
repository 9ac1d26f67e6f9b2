import { contain, reportFault } from '#lib/process/faults.ts'
import { SLICE_MS, TURN_MS, turnBudget } from './turn-budget.ts'

/** Work that a later turn of the event loop does. */
export interface Task {
  /** Does up to a slice of it. Whoever has more left adds itself again. */
  run(): void
  /** `run` has failed: ends whatever it was for. */
  onFault(): void
}

type Continued = { task: Task; debtMs: number }

/**
 * What connections leave to later turns, in two queues. Those that have had nothing in their turn come first; those that
 * have used up their slice share one slice a turn, one after the other. So a connection with little to do waits for
 * about a slice, however many others never come to an end.
 */
export class RunQueue {
  #arrived: Task[] = []
  readonly #continued: Continued[] = []
  #scheduled = false

  /** Adds work that has not begun, as its turn had no time left. */
  addArrived(task: Task): void {
    this.#arrived.push(task)
    this.#schedule()
  }

  /**
   * Adds work that goes on, behind all other such work.
   * @param debtMs what it will cost, where `run` only lets it happen
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
      this.#goOn()
    },
    () => this.#goOn(),
  )

  #goOn(): void {
    this.#scheduled = false
    if (this.#arrived.length + this.#continued.length > 0) this.#schedule()
  }

  #runArrived(): void {
    const arrived = this.#arrived
    if (arrived.length === 0) return
    const end = performance.now() + TURN_MS
    let count = 0
    do {
      runTask(arrived[count] as Task)
      count += 1
    } while (count < arrived.length && performance.now() < end)
    arrived.splice(0, count)
  }

  /** One task at least, so that none waits for ever. */
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
  turnBudget.begin(task)
  try {
    task.run()
  } catch (fault) {
    reportFault(fault)
    task.onFault()
  }
}

/** The queue of this process. */
export const runQueue = new RunQueue()
