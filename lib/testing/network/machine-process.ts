import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type CpuPriority, setCpuPriority } from '#lib/testing/cpu-priority.ts'
import type { Machine } from './namespaces.ts'

/** A program that runs on a machine until it ends or is ended. */
export class MachineProcess {
  /** If set, it gets each line of the output, and no output is kept. */
  onLine: ((line: string) => void) | null = null
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>
  #output = ''
  #errors = ''
  #onOutput = () => {}

  /** @param env variables in addition to this process's */
  constructor(
    machine: Machine,
    command: string[],
    priority: CpuPriority | null = null,
    env: Record<string, string> = {},
  ) {
    const args = ['netns', 'exec', machine.namespace, ...command]
    this.#child = spawn('ip', args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#exit = once(this.#child, 'close')
    this.#child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#output += text
      this.#onOutput()
      this.#splitLines()
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors += text
      this.#onOutput()
    })
    if (priority && this.#child.pid) setCpuPriority(this.#child.pid, priority)
  }

  /** What it has written so far. */
  get output(): string {
    return this.#output
  }

  get errors(): string {
    return this.#errors
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #splitLines(): void {
    if (!this.onLine) return
    const lines = this.#output.split('\n')
    this.#output = lines.pop() ?? ''
    for (const line of lines) this.onLine(line)
  }

  /** Resolves at its first output. @throws Error with what it wrote, if it ends before */
  async started(): Promise<void> {
    while (this.#output === '') {
      await this.#more()
      if (this.hasEnded && this.#output === '') throw new Error(this.#errors)
    }
  }

  /** Resolves when it has written something, or has ended. */
  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onOutput = resolve
    await Promise.race([promise, this.#exit])
  }

  /** Resolves with its output when it has ended by itself. */
  async ended(): Promise<string> {
    await this.#exit
    if (this.#child.exitCode !== 0) throw new Error(this.#errors || 'it was killed')
    return this.#output
  }

  /** Resolves when it has written to its standard error. @throws Error with what it wrote, if it ends before */
  async ready(): Promise<void> {
    while (this.#errors === '') {
      if (this.hasEnded) throw new Error(this.#output || 'it ended')
      await this.#more()
    }
  }

  /** Tells it to finish. Resolves with its output. */
  finished(): Promise<string> {
    this.#child.kill('SIGTERM')
    return this.ended()
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal)
    await this.#exit
  }
}
