import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Containment, containments, sourceFiles } from './testing-boundaries.ts'

/** Exceptions planted in the callbacks of some modules, for the processes of one test. */
export class Plants {
  readonly all: Containment[]
  readonly #directory = mkdtempSync(join(tmpdir(), 'plants-'))
  readonly #sockets: Socket[] = []

  constructor(...modules: string[]) {
    const byFile = sourceFiles(...modules).map((file) => [file, containments(file)] as const)
    this.all = byFile.flatMap(([, own]) => own)
    writeFileSync(this.#list, JSON.stringify(Object.fromEntries(byFile)))
  }

  /** The environment of a process in which they are. @param armed ids that are thrown while it starts */
  env(armed: string[] = []): Record<string, string> {
    return {
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'testing-plants.ts')}`,
      FAIRLEAD_PLANTS: this.#list,
      FAIRLEAD_PLANTS_DIR: this.#directory,
      FAIRLEAD_PLANTS_ARMED: JSON.stringify(armed),
    }
  }

  /** Resolves when the process listens. @throws Error where it ends instead */
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

  get #list(): string {
    return join(this.#directory, 'list.json')
  }
}

/** A process in which exceptions are planted. */
export class Planted {
  /** Those that were thrown, in order. */
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

  /** Has each of these thrown once, when it is called next, in place of those armed before. */
  arm(...ids: string[]): Promise<void> {
    return this.#order(ids)
  }

  /** Has the process do nothing at all for so long, with what is armed unchanged. */
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
