import { createSocket } from 'node:dgram'
import { readFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { isWithin, networksOf } from '#lib/core/networks.ts'
import { contain } from '#lib/process/faults.ts'

/** How long a host may take to answer ARP. Milliseconds. */
const ARP_MS = 1000
const POLL_MS = 5
/** Any port will do: what is sent only has the kernel ask for the MAC. This one discards (RFC 863). */
const DISCARD_PORT = 9
const NONLOCAL_BIND = '/proc/sys/net/ipv4/ip_nonlocal_bind'

/** What the helper needs to know of the interface that HA IPs are reached through. */
export class HostInterface {
  readonly name: string

  /** @throws Error if there is no such interface */
  constructor(name: string) {
    this.name = name
    try {
      this.#read('address')
    } catch {
      throw new Error(`There is no interface ${name} on this host.`)
    }
    if (!/^(?!00:00:00:00:00:00)([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(this.mac)) {
      throw new Error(`${name} is not an Ethernet interface.`)
    }
  }

  get mac(): string {
    return this.#read('address')
  }

  #read(file: string): string {
    return readFileSync(`/sys/class/net/${this.name}/${file}`, 'utf8').trim()
  }

  /**
   * Has the kernel answer ARP for addresses of the loopback interface, and ask others with the interface's own address as the
   * sender: an HA IP there would announce it. Sockets may be bound to HA IPs before they are on this host, so that a node which
   * starts listens at once.
   * @returns what else has to be done by hand; null if nothing
   */
  prepareKernel(): string | null {
    writeFileSync(NONLOCAL_BIND, '1')
    writeFileSync(sysctl(this.name, 'arp_announce'), '2')
    writeFileSync(sysctl(this.name, 'arp_ignore'), '0')
    if (readFileSync(sysctl('all', 'arp_ignore'), 'utf8').trim() === '0') return null
    return 'net.ipv4.conf.all.arp_ignore must be 0, or this host answers no ARP for HA IPs.'
  }

  /** @returns why a pair can't have these addresses, as a sentence; null if it can */
  pairProblem(own: string, peer: string): string | null {
    const networks = (networkInterfaces()[this.name] ?? []).filter(
      ({ family, address }) => family === 'IPv4' && address === own,
    )
    const [network] = networks
    if (!network) return `${own} is not an address of ${this.name}.`
    if (peer === own) return 'The peer must be another host.'
    if (network.cidr && isWithin(peer, networksOf([network.cidr]))) return null
    return `${peer} is not in the network of ${this.name}: hosts of a pair must share a network.`
  }

  /**
   * The MAC of another host on this interface.
   * @throws Error if it doesn't answer ARP
   */
  async macOf(address: string, timeoutMs = ARP_MS): Promise<string> {
    const deadline = performance.now() + timeoutMs
    await askArp(address)
    for (;;) {
      const mac = this.#neighbour(address)
      if (mac) return mac
      if (performance.now() > deadline) {
        throw new Error(`${address} doesn't answer ARP on ${this.name}.`)
      }
      await setTimeout(POLL_MS)
    }
  }

  /** From the kernel's table: address, hardware type, flags (2: complete), MAC, mask, device. */
  #neighbour(address: string): string | null {
    for (const line of readFileSync('/proc/net/arp', 'utf8').split('\n')) {
      const [ip, , flags, mac, , device] = line.split(/\s+/)
      if (ip !== address || device !== this.name || !mac) continue
      if ((Number(flags) & 2) !== 0) return mac
    }
    return null
  }
}

function sysctl(device: string, name: string): string {
  return `/proc/sys/net/ipv4/conf/${device}/${name}`
}

function askArp(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.on('error', () => {})
    socket.send(
      '',
      DISCARD_PORT,
      address,
      contain('takeover', () => {
        socket.close()
        resolve()
      }),
    )
  })
}
