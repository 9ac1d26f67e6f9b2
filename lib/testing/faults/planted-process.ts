import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Containment, containments, sourceFiles } from './boundaries.ts'

/** The exceptions planted in some modules, for the processes of one test. */
export class Plants {
  readonly all: Containment[]
  readonly #directory = mkdtempSync(join(tmpdir(), 'plants-'))
  readonly #sockets: Socket[] = []
  readonly #modules: string[]
  readonly #byFile: Map<string, Containment[]>

  constructor(...modules: string[]) {
    this.#modules = modules
    this.#byFile = new Map(sourceFiles(...modules).map((file) => [file, containments(file)]))
    this.all = [...this.#byFile.values()].flat()
    this.#write()
  }

  /** Also plants an exception before a piece of a module's source that is not contained; its caller gets it. */
  before(id: string, module: string, piece: string): this {
    const file = `${this.#modules[0]}/${module}`
    const start = readFileSync(join(import.meta.dirname, '../../..', file), 'utf8').indexOf(piece)
    if (start < 0) throw new Error(`${file} has no ${piece}`)
    const own = this.#byFile.get(file) ?? []
    this.#byFile.set(file, [
      ...own,
      { id, kind: 'try', boundary: 'configuration', start, end: start, line: 0 },
    ])
    this.#write()
    return this
  }

  /** The environment that plants them in a process. @param armed ids that throw while it starts */
  env(armed: string[] = []): Record<string, string> {
    return {
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'plants.ts')}`,
      FAIRLEAD_PLANTS: this.#list,
      FAIRLEAD_PLANTS_DIR: this.#directory,
      FAIRLEAD_PLANTS_ARMED: JSON.stringify(armed),
    }
  }

  /** Resolves when the process listens for orders. @throws Error if it exits instead */
  async of(pid: number): Promise<Planted> {
    const path = join(this.#directory, `${pid}.sock`)
    for (;;) {
      const socket = connect(path)
      try {
        await once(socket, 'connect')
        this.#sockets.push(socket)
        return new Planted(socket)
      } catch {
        process.kill(pid, 0)
        await delay(10)
      }
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #write(): void {
    writeFileSync(this.#list, JSON.stringify(Object.fromEntries(this.#byFile)))
  }

  get #list(): string {
    return join(this.#directory, 'list.json')
  }
}

/** A process with planted exceptions. */
export class Planted {
  /** The ids that were thrown, in order. */
  readonly thrown: string[] = []
  readonly #socket: Socket
  #onArmed = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    let unfinished = ''
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (unfinished + text).split('\n')
      unfinished = lines.pop() ?? ''
      for (const line of lines.map((one) => JSON.parse(one) as string)) {
        if (line === 'armed') this.#onArmed()
        else this.thrown.push(line)
      }
    })
  }

  /** Arms these ids instead of those before. Each throws once, at its next call. */
  arm(...ids: string[]): Promise<void> {
    return this.#order(ids)
  }

  /** Blocks the process's event loop for `ms`. What is armed stays armed. */
  standStill(stallMs: number): Promise<void> {
    return this.#order({ stallMs })
  }

  async #order(order: object): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onArmed = resolve
    this.#socket.write(JSON.stringify(order))
    await promise
  }
}
