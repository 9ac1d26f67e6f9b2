import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The files of the helper in its run directory. They outlive it, so that the next one adopts what it left running. */
export class RunFiles {
  readonly directory: string

  constructor(directory: string) {
    this.directory = resolve(directory)
  }

  get socket(): string {
    return join(this.directory, 'network.sock')
  }

  /** keepalived writes the states of all carriers here. */
  get notifyFifo(): string {
    return join(this.directory, 'notify.fifo')
  }

  /** The boot since which these files are here. */
  get bootId(): string {
    return join(this.directory, 'boot-id')
  }

  /** The transaction that nft runs, if it is long. */
  get transaction(): string {
    return join(this.directory, 'transaction.nft')
  }

  /** Tracked by keepalived: 0 if the node can serve. */
  get health(): string {
    return join(this.directory, 'health')
  }

  /** Tracked by keepalived: 0 unless the carrier is to be given up. */
  givenUp(vrid: number): string {
    return join(this.directory, `given-up-${vrid}`)
  }

  /** The pair as it was ordered, keepalived's configuration made of it, its log, and the PIDs of both of its processes. */
  pair(number: number) {
    const path = join(this.directory, `pair-${number}`)
    return {
      state: `${path}.json`,
      config: `${path}.conf`,
      log: `${path}.log`,
      pid: `${path}.pid`,
      vrrpPid: `${path}.vrrp.pid`,
    }
  }
}

/**
 * Makes the run directory, empty after a boot: a host must not own a carrier because its node could serve before that. keepalived runs
 * as root with a configuration from there, so nobody but root may change it.
 * @throws Error if the directory or one above it can be changed by others
 */
export function prepareRunDirectory(directory: string, bootId = currentBootId()): void {
  mkdirSync(directory, { recursive: true, mode: 0o711 })
  chmodSync(directory, 0o711)
  requireSafe(resolve(directory))
  const file = new RunFiles(directory).bootId
  const former = existsSync(file) ? readFileSync(file, 'utf8') : null
  if (former === bootId) return
  for (const name of former === null ? [] : readdirSync(directory)) rmSync(join(directory, name))
  writeFileSync(file, bootId)
}

function currentBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
}

function requireSafe(path: string): void {
  if (!isSafe(lstatSync(path))) {
    throw new Error(`${path} must belong to root and not be writable by others.`)
  }
  if (path !== dirname(path)) requireSafe(dirname(path))
}

function isSafe({ uid, mode }: Stats): boolean {
  const othersMayWrite = (mode & 0o022) !== 0
  const isSticky = (mode & 0o1000) !== 0
  return uid === 0 && (!othersMayWrite || isSticky)
}
