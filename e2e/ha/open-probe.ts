import { connect } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'

/** The outcomes of a period's requests. */
export type Probed = {
  succeeded: number
  /** Connections that were refused. */
  refused: number
  /** Connections that were accepted and then reset or closed without a complete response, such as those of a killed process. */
  reset: number
  /** Responses other than 200. */
  failed: number
  /** Requests that timed out. */
  silent: number
  /** The longest time between two successes, milliseconds. */
  gapMs: number
}

const PATIENCE_MS = 10_000
const REQUEST = 'GET / HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n'

type Outcome = 'succeeded' | 'refused' | 'reset' | 'failed' | 'silent'

/**
 * An open-loop probe: sends requests at a constant rate, independent of responses, each on a new connection, like many independent
 * clients.
 */
export class OpenProbe {
  readonly #place: { host: string; port: number }
  readonly #everyMs: number
  readonly #pending = new Set<Promise<void>>()
  #running = true
  #succeededAt: number[] = []
  #counts: Record<Outcome, number> = none()
  readonly #loop: Promise<void>

  constructor(url: string, everyMs: number) {
    const { hostname: host, port } = new URL(url)
    this.#place = { host, port: Number(port) }
    this.#everyMs = everyMs
    this.#loop = this.#run()
  }

  get succeeded(): number {
    return this.#counts.succeeded
  }

  /** The outcomes since the last call. Resolves when every request so far has an outcome. */
  async take(): Promise<Probed> {
    await Promise.all(this.#pending)
    const times = this.#succeededAt
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number))
    const probed = { ...this.#counts, gapMs: Math.max(0, ...gaps) }
    // The next period starts at the last success of this one.
    this.#succeededAt = times.slice(-1)
    this.#counts = none()
    return probed
  }

  async stop(): Promise<Probed> {
    this.#running = false
    await this.#loop
    return this.take()
  }

  async #run(): Promise<void> {
    let due = performance.now()
    while (this.#running) {
      const asking = this.#ask().then((outcome) => {
        this.#counts[outcome] += 1
        if (outcome === 'succeeded') this.#succeededAt.push(performance.now())
        this.#pending.delete(asking)
      })
      this.#pending.add(asking)
      due += this.#everyMs
      const wait = due - performance.now()
      if (wait > 1) await setTimeout(wait)
      else await setImmediate()
    }
  }

  #ask(): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const socket = connect(this.#place)
    let text = ''
    socket.setTimeout(PATIENCE_MS, () => {
      resolve('silent')
      socket.destroy()
    })
    socket.on('connect', () => socket.write(REQUEST))
    socket.setEncoding('latin1').on('data', (data: string) => {
      text += data
    })
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' ? 'refused' : 'reset')
    })
    socket.on('close', () => resolve(outcomeOf(text)))
    return promise
  }
}

function outcomeOf(text: string): Outcome {
  if (!text.includes('\r\n\r\n')) return 'reset'
  return text.startsWith('HTTP/1.1 200 ') ? 'succeeded' : 'failed'
}

const none = () => ({ succeeded: 0, refused: 0, reset: 0, failed: 0, silent: 0 })
