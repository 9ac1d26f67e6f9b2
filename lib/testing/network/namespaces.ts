import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { kernelProblem, missingPrograms } from '#lib/network/programs.ts'

/** Why no network namespaces can be made here, in words; null where they can. */
export function whyNoNamespaces(): string | null {
  if (process.getuid?.() !== 0) return 'it takes root'
  const missing = kernelProblem() ?? missingPrograms()[0]
  if (missing) return missing
  // A module of the package perl, which ask-arp.pl uses. The product makes do with perl-base.
  const perl = spawnSync('perl', ['-MTime::HiRes', '-e', '1'])
  if (perl.status !== 0) return 'perl is not installed'
  const name = `fl-try-${process.pid}`
  try {
    ip('netns', 'add', name)
    ip('netns', 'delete', name)
    return null
  } catch {
    return "network namespaces can't be made here"
  }
}

export function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The PIDs of a namespace's processes with such a command line, oldest first. */
export function processesOf(namespace: string, pattern: RegExp): number[] {
  return pidsIn(namespace)
    .filter((pid) => pattern.test(commandLine(pid)))
    .sort((one, other) => one - other)
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** Kills every process in a namespace, also those that are started meanwhile. */
export function killProcesses(namespace: string): void {
  for (;;) {
    // Stopped first, so that none starts another in a killed one's place.
    signalProcesses(namespace, 'SIGSTOP')
    if (!signalProcesses(namespace, 'SIGKILL')) return
  }
}

/** Sends every process in a namespace a signal. @returns whether there is one */
export function signalProcesses(namespace: string, signal: NodeJS.Signals): boolean {
  const pids = pidsIn(namespace)
  for (const pid of pids) send(pid, signal)
  return pids.length > 0
}

function pidsIn(namespace: string): number[] {
  return ip('netns', 'pids', namespace).split('\n').filter(Boolean).map(Number)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already.
  }
}

/** Removes the namespaces of test processes that have ended without removing them, with all that runs there. */
export function removeAbandonedNamespaces(): void {
  const names = ip('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
  for (const name of names) {
    const pid = /^fl(\d+)-/.exec(name)?.[1]
    if (!pid || existsSync(`/proc/${pid}`)) continue
    killProcesses(name)
    ip('netns', 'delete', name)
  }
}

/** A machine of a test: a network namespace with one interface, eth0, on the bridge. */
export type Machine = { namespace: string; name: string; address: string; mac: string }

/** The network that all machines of a bridge are in. */
export const NETWORK = '10.99.0.0/16'

/** Machines on one Ethernet bridge, all in network namespaces of their own. */
export class Bridge {
  readonly #prefix: string
  readonly #machines: Machine[] = []

  constructor() {
    this.#prefix = `fl${process.pid}-${Math.random().toString(36).slice(2, 5)}`
    ip('netns', 'add', this.#namespace)
    this.#inBridge('link', 'add', 'br0', 'type', 'bridge')
    this.#inBridge('link', 'set', 'br0', 'up')
  }

  get machines(): readonly Machine[] {
    return this.#machines
  }

  /** @param name two letters at most: it's part of interface names */
  add(name: string, address: string): Machine {
    const namespace = `${this.#prefix}-${name}`
    ip('netns', 'add', namespace)
    const peer = ['peer', 'name', `p-${name}`, 'netns', this.#namespace]
    ip('link', 'add', 'eth0', 'netns', namespace, 'type', 'veth', ...peer)
    this.#inBridge('link', 'set', `p-${name}`, 'master', 'br0', 'up')
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    ip('-n', namespace, 'link', 'set', 'eth0', 'up')
    ip('-n', namespace, 'address', 'add', `${address}/16`, 'dev', 'eth0')
    const [link] = JSON.parse(ip('-n', namespace, '-json', 'link', 'show', 'eth0'))
    const machine = { namespace, name, address, mac: link.address }
    this.#machines.push(machine)
    return machine
  }

  /** Pulls the cable. */
  cut({ name }: Machine): void {
    this.#inBridge('link', 'set', `p-${name}`, 'nomaster')
  }

  plug({ name }: Machine): void {
    this.#inBridge('link', 'set', `p-${name}`, 'master', 'br0')
  }

  /** Loses all VRRP adverts, or those of one machine. */
  dropVrrp(from: Machine | null = null): void {
    this.#drop(`${from ? `ip saddr ${from.address} ` : ''}ip protocol 112`)
  }

  /** Loses all IP packets from one machine to another. */
  dropPackets(from: Machine, to: Machine): void {
    this.#drop(`ip saddr ${from.address} ip daddr ${to.address}`)
  }

  /** Loses nothing any more. */
  passAll(): void {
    this.#nft('delete table bridge apart')
  }

  #drop(packets: string): void {
    this.#nft('add table bridge apart')
    this.#nft('add chain bridge apart forward { type filter hook forward priority 0; }')
    this.#nft(`add rule bridge apart forward ${packets} drop`)
  }

  #nft(text: string): void {
    ip('netns', 'exec', this.#namespace, 'nft', text)
  }

  /** Removes all namespaces. The processes in them must have ended. */
  remove(): void {
    for (const { namespace } of this.#machines) ip('netns', 'delete', namespace)
    ip('netns', 'delete', this.#namespace)
  }

  get #namespace(): string {
    return `${this.#prefix}-br`
  }

  #inBridge(...args: string[]): void {
    ip('-n', this.#namespace, ...args)
  }
}
