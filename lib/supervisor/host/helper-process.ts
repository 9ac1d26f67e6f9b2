import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { contain } from '#lib/process/faults.ts'
import { inheritedEnvironment } from '../child-environment.ts'

/** The socket of a helper that systemd or somebody else starts for a supervisor that isn't root. */
export const FOREIGN_SOCKET = '/run/fairlead-network/network.sock'
/** The pause before it is started again. Milliseconds. */
const RESTART_MS = 500

/** What fixes, for good, what the helper may touch. */
export type HelperLimits = { interface: string; networks: readonly string[] }

/**
 * The privileged network helper. As root, the supervisor starts it, and starts it again if it ends; it outlives the supervisor. Otherwise
 * another program has to start it.
 */
export class HelperProcess {
  readonly socket: string
  readonly #limits: HelperLimits
  readonly #runDirectory: string
  readonly #logFile: string
  readonly #isRoot = process.geteuid?.() === 0
  #isRunning = false
  #isWanted = true
  #restart: NodeJS.Timeout | null = null

  constructor(dataDir: string, limits: HelperLimits) {
    this.#limits = limits
    this.#logFile = join(dataDir, 'logs', 'network.log')
    this.#runDirectory = ownRunDirectory(dataDir)
    this.socket = this.#isRoot ? join(this.#runDirectory, 'network.sock') : FOREIGN_SOCKET
  }

  /** Starts it unless it runs. @returns why that isn't possible, as a sentence; null if it is */
  start(): string | null {
    if (!this.#isRoot) {
      return (
        `The network helper doesn't run: nothing listens on ${this.socket}. Start it as root (fairlead-network.service), ` +
        'or start Fairlead as root.'
      )
    }
    if (!this.#isRunning && this.#isWanted) this.#spawn()
    return null
  }

  /** Doesn't start it any more. It goes on if it runs. */
  leave(): void {
    this.#isWanted = false
    if (this.#restart) clearTimeout(this.#restart)
  }

  /** Removes its run directory, once it has shut the network down. */
  removeFiles(): void {
    if (this.#isRoot) rmSync(this.#runDirectory, { recursive: true, force: true })
  }

  /** The last line of its log, which says why it doesn't start. */
  lastWords(): string | null {
    try {
      return readFileSync(this.#logFile, 'utf8').trim().split('\n').at(-1) || null
    } catch {
      return null
    }
  }

  #spawn(): void {
    const { interface: name, networks } = this.#limits
    mkdirSync(dirname(this.#logFile), { recursive: true, mode: 0o700 })
    // For what it says before it writes its log itself.
    const output = openSync(this.#logFile, 'a', 0o600)
    const root = join(import.meta.dirname, '..', '..', '..')
    const args = ['--disable-warning=ExperimentalWarning', join(root, 'lib/network/main.ts')]
    args.push('--run-directory', this.#runDirectory, '--interface', name)
    args.push('--networks', networks.join(','))
    const child = spawn(process.execPath, args, {
      cwd: '/',
      detached: true,
      env: { ...inheritedEnvironment('network'), FAIRLEAD_LOG_FILE: this.#logFile },
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    this.#isRunning = true
    const onEnd = contain('supervisor', () => {
      if (!this.#isRunning) return
      this.#isRunning = false
      if (!this.#isWanted) return
      const again = contain('supervisor', () => this.start())
      this.#restart = setTimeout(again, RESTART_MS)
    })
    child.on('error', onEnd)
    child.on('exit', onEnd)
    child.unref()
  }
}

/** One for each data directory. /run is empty after a reboot, as the kernel's tables are. */
function ownRunDirectory(dataDir: string): string {
  const id = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  return join('/run/fairlead', `network-${id}`)
}
