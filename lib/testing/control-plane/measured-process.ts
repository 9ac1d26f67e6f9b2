import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outlast } from '../wait.ts'
import { exited, freePort, startProcess } from './control-plane-process.ts'
import type { LoopFigures } from './loop-probe.ts'
import { SECRET_KEY } from './running-control-plane.ts'

/** How long one request may block the event loop, on a machine on which the reference work takes `REFERENCE_MS` of CPU time. */
const BLOCKED_MAX_MS = 100
const REFERENCE_MS = 8
/** Nodes and subscribers are notified this soon after a response. */
const AFTERWARDS_MS = 150

const ADMIN = { email: 'ada@example.com', password: 'correct horse battery' }
const PROBE = join(import.meta.dirname, 'loop-probe.ts')

// biome-ignore lint/suspicious/noExplicitAny: responses of every shape.
export type Measured = { status: number; body: any; bytes: number }

/** A control plane's process whose event loop is measured. */
export class MeasuredProcess {
  readonly directory = mkdtempSync(join(tmpdir(), 'fairlead-event-loop-'))
  /** One line per measured call. */
  readonly lines: string[] = []
  /** The lines of calls that blocked the event loop for too long. */
  readonly over: string[] = []
  url = ''
  session = ''
  #probe = ''
  #limit = 0
  #child: ChildProcess | null = null

  async start(): Promise<void> {
    const [port, probePort] = [await freePort(), await freePort()]
    this.url = `http://127.0.0.1:${port}`
    this.#probe = `http://127.0.0.1:${probePort}`
    this.#child = await startProcess(this.directory, port, {
      settings: { requestRate: null, admin: ADMIN },
      env: { NODE_OPTIONS: `--import=${PROBE}`, LOOP_PROBE_PORT: String(probePort) },
    })
    this.session = (await this.call('POST', '/fairlead/v1/session', ADMIN)).body.token
    const { cpu } = await this.#figures('/reference')
    this.#limit = BLOCKED_MAX_MS * Math.max(1, cpu / REFERENCE_MS)
    this.lines.push(`reference work: ${cpu.toFixed(1)} ms CPU; limit ${this.#limit.toFixed(0)} ms`)
  }

  /** Prints the measurements and ends the process. */
  async stop(): Promise<void> {
    process.stdout.write(`${this.lines.join('\n')}\n`)
    if (this.#child) {
      const end = exited(this.#child)
      this.#child.kill('SIGKILL')
      await end
    }
    rmSync(this.directory, { recursive: true })
  }

  async call(method: string, path: string, body?: unknown): Promise<Measured> {
    // Some calls need an owner's session.
    const caller: Record<string, string> = this.session
      ? { Authorization: `Bearer ${this.session}` }
      : { 'X-Auth-Token': SECRET_KEY }
    const response = await fetch(this.url + path, {
      method,
      headers: { ...caller, 'Content-Type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text.startsWith('{') ? JSON.parse(text) : undefined,
      bytes: text.length,
    }
  }

  /** Makes a call and notes for how long it blocked the event loop. */
  async measure(name: string, work: () => Promise<Measured>): Promise<Measured> {
    await this.#figures()
    const measured = await work()
    await outlast(AFTERWARDS_MS)
    const { cpu, late } = await this.#figures()
    const line = `${cpu.toFixed(0).padStart(5)} ms CPU ${late.toFixed(0).padStart(5)} ms late  ${String(measured.status)} ${(measured.bytes / 1e6).toFixed(2).padStart(6)} MB  ${name}`
    this.lines.push(line)
    if (cpu > this.#limit) this.over.push(line)
    return measured
  }

  async #figures(path = '/'): Promise<LoopFigures> {
    return (await fetch(this.#probe + path)).json() as Promise<LoopFigures>
  }
}
