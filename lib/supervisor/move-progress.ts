import type { MoveStep } from '#lib/control-plane/move-store/move-store.ts'
import { print } from './terminal.ts'

const WIDTH = 30
/** The interval at which the bar is drawn, milliseconds. */
const INTERVAL_MS = 100

const LABELS = { copied: 'Copying', compared: 'Comparing' }

/** Shows the progress of a move: a bar on a terminal, lines elsewhere. */
export class MoveProgress {
  readonly #isTerminal = process.stdout.isTTY === true
  #drawnAt = 0
  #copying = ''

  report(step: MoveStep): void {
    if (step.type === 'compared') {
      this.end()
      const digest = `${step.rows} ${step.rows === 1 ? 'row' : 'rows'}, equal in both, SHA-256 ${step.digest}`
      print(`${step.table}: ${step.rows === 0 ? 'empty in both' : digest}`)
    }
    if (this.#isTerminal) this.#draw(step)
    else if (step.type === 'copied' && step.table !== this.#copying)
      print(`Copying ${step.table} …`)
    this.#copying = step.table
  }

  /** Removes the bar. */
  end(): void {
    if (this.#isTerminal) process.stdout.write('\r\u001b[K')
  }

  #draw({ type, table, done, total }: MoveStep): void {
    const now = performance.now()
    const isSoon = now - this.#drawnAt < INTERVAL_MS && done < total
    if (isSoon && type === 'copied') return
    this.#drawnAt = now
    const part = total === 0 ? 1 : done / total
    const bar = '█'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '░')
    const percent = `${Math.floor(part * 100)}`.padStart(3)
    process.stdout.write(`\r\u001b[K${LABELS[type]} ${bar} ${percent}%  ${table}`)
  }
}
