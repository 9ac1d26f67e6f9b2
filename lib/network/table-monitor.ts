import { type ChildProcess, spawn } from 'node:child_process'
import { contain } from '#lib/process/faults.ts'
import { PROGRAM_ENVIRONMENT, programPath } from './programs.ts'

/** The pause before it starts again, if it has ended. Milliseconds. */
const RESTART_MS = 1000

/**
 * Notices at once when a table of nftables is removed: whatever flushes all of them, as the service of nftables does when it's
 * restarted, removes the fence too.
 */
export class TableMonitor {
  readonly #onRemoved: () => void
  #child: ChildProcess | null = null
  #restart: NodeJS.Timeout | undefined

  constructor(onRemoved: () => void) {
    this.#onRemoved = onRemoved
  }

  start(): void {
    // It reads no input whose end could end it, so the kernel ends it with this process.
    const args = ['--pdeathsig', 'KILL', programPath('nft'), 'monitor', 'destroy', 'tables']
    const child = spawn(programPath('setpriv'), args, {
      env: PROGRAM_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#child = child
    const ended = contain('process', () => this.#onEnd(child))
    child.on('error', ended)
    child.on('exit', ended)
    child.stdout.on(
      'data',
      contain('maintenance', () => this.#onRemoved()),
    )
  }

  stop(): void {
    const child = this.#child
    this.#child = null
    clearTimeout(this.#restart)
    child?.kill()
  }

  #onEnd(child: ChildProcess): void {
    if (child !== this.#child) return
    this.#restart = setTimeout(
      contain('process', () => this.start()),
      RESTART_MS,
    )
  }
}
