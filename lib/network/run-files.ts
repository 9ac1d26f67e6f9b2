import { chmodSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
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
 * Makes the run directory. keepalived runs as root with a configuration from there, so nobody but root may change it.
 * @throws Error if the directory or one above it can be changed by others
 */
export function prepareRunDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o711 })
  chmodSync(directory, 0o711)
  for (let path = resolve(directory); ; path = dirname(path)) {
    if (!isSafe(lstatSync(path))) {
      throw new Error(`${path} must belong to root and not be writable by others.`)
    }
    if (path === dirname(path)) return
  }
}

function isSafe({ uid, mode }: Stats): boolean {
  const othersMayWrite = (mode & 0o022) !== 0
  const isSticky = (mode & 0o1000) !== 0
  return uid === 0 && (!othersMayWrite || isSticky)
}
