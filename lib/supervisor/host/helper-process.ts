import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { contain } from '#lib/process/faults.ts'
import { isRunning, processIdentity } from '#lib/process/process-identity.ts'
import { VERSION } from '#lib/process/version.ts'
import { inheritedEnvironment } from '../child-environment.ts'

/** The socket of a helper that systemd or somebody else starts for a supervisor that isn't root. */
export const FOREIGN_SOCKET = '/run/fairlead-network/network.sock'
/** The pause before it is started again. Milliseconds. */
const RESTART_MS = 500

const NO_NETWORKS =
  'The control plane has no network for HA IPs on an interface of hosts in this region. Set FAIRLEAD_IP_POOLS there, as in ' +
  'fr-par=10.99.1.0/24@eth0.'

/** Which helper was started last: its process, and its version and arguments. */
const HelperRecord = z.object({ pid: z.int(), identity: z.string(), started: z.string() })
type HelperRecord = z.infer<typeof HelperRecord>

/** What fixes, for good, what the helper may touch. */
export type HelperLimits = { interface: string; networks: readonly string[] }

/**
 * The privileged network helper. As root, the supervisor starts it, and starts it again if it ends; it outlives the supervisor. Otherwise
 * another program has to start it.
 */
export class HelperProcess {
  readonly socket: string
  #limits: HelperLimits
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
    if (this.#limits.networks.length === 0) return NO_NETWORKS
    if (this.#isRunning || !this.#isWanted) return null
    mkdirSync(RUN_DIRECTORY, { recursive: true, mode: 0o700 })
    const other = otherHelper(this.#record)
    if (other !== null) {
      this.#startLater()
      return `Another Fairlead on this host controls its HA IPs, with the network helper of process ${other}. Only one can.`
    }
    this.#spawn()
    return null
  }

  /** Ends a helper that has other limits or is of another version, so that the next one adopts what it left running. */
  replaceOutdated(): void {
    const running = this.#isRoot ? readRecord(this.#record) : null
    if (!running || running.started === this.#started) return
    if (isRunning(running.pid, running.identity)) process.kill(running.pid, 'SIGTERM')
  }

  setLimits(limits: HelperLimits): void {
    this.#limits = limits
    this.replaceOutdated()
  }

  /** Doesn't start it any more. It goes on if it runs. */
  leave(): void {
    this.#isWanted = false
    if (this.#restart) clearTimeout(this.#restart)
  }

  /** Removes its run directory, once it has shut the network down. */
  removeFiles(): void {
    if (!this.#isRoot) return
    for (const path of [this.#runDirectory, this.#record]) {
      rmSync(path, { recursive: true, force: true })
    }
  }

  /** The last line of its log, which says why it doesn't start. */
  lastWords(): string | null {
    try {
      const lines = readFileSync(this.#logFile, 'utf8').trim().split('\n')
      return lines.findLast((line) => !line.startsWith('{')) || null
    } catch {
      return null
    }
  }

  #spawn(): void {
    mkdirSync(dirname(this.#logFile), { recursive: true, mode: 0o700 })
    // For what it says before it writes its log itself.
    const output = openSync(this.#logFile, 'a', 0o600)
    const root = join(import.meta.dirname, '..', '..', '..')
    const args = ['--disable-warning=ExperimentalWarning', join(root, 'lib/network/main.ts')]
    args.push(...this.#arguments)
    const child = spawn(process.execPath, args, {
      cwd: '/',
      detached: true,
      env: { ...inheritedEnvironment('network'), FAIRLEAD_LOG_FILE: this.#logFile },
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    this.#isRunning = true
    this.#writeRecord(child.pid)
    const onEnd = contain('supervisor', () => {
      if (!this.#isRunning) return
      this.#isRunning = false
      if (this.#isWanted) this.#startLater()
    })
    child.on('error', onEnd)
    child.on('exit', onEnd)
    child.unref()
  }

  #startLater(): void {
    const again = contain('supervisor', () => this.start())
    this.#restart = setTimeout(again, RESTART_MS)
  }

  get #arguments(): string[] {
    const { interface: name, networks } = this.#limits
    const args = ['--run-directory', this.#runDirectory, '--interface', name]
    return [...args, '--networks', networks.join(',')]
  }

  /** What a helper that is started now is started with. */
  get #started(): string {
    return [VERSION, ...this.#arguments].join(' ')
  }

  #writeRecord(pid = 0): void {
    const identity = processIdentity(pid)
    if (identity === null) return
    writeFileSync(this.#record, JSON.stringify({ pid, identity, started: this.#started }))
  }

  /** Beside the run directory, which is the helper's. */
  get #record(): string {
    return `${this.#runDirectory}.json`
  }
}

const RUN_DIRECTORY = '/run/fairlead'

function readRecord(file: string): HelperRecord | null {
  try {
    return HelperRecord.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** The PID of a helper for another data directory that runs in this network namespace, whose tables and addresses are the same. */
function otherHelper(ownRecord: string): number | null {
  const files = readdirSync(RUN_DIRECTORY).filter((name) => name.endsWith('.json'))
  for (const file of files.map((name) => join(RUN_DIRECTORY, name))) {
    const record = file === ownRecord ? null : readRecord(file)
    if (record && isRunning(record.pid, record.identity) && isHere(record.pid)) return record.pid
  }
  return null
}

function isHere(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')
  } catch {
    return false
  }
}

/** One for each data directory. /run is empty after a reboot, as the kernel's tables are. */
function ownRunDirectory(dataDir: string): string {
  const id = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  return join(RUN_DIRECTORY, `network-${id}`)
}
