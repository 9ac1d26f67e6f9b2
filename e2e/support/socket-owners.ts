import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const ESTABLISHED = '01'

/** The number of established connections to a URL's address (IPv4) and port, per process. */
export function connectionsOf(pids: number[], url: string): number[] {
  const { hostname, port } = new URL(url)
  const inodes = inodesOf(hostname, Number(port))
  return pids.map((pid) => socketsOf(pid).filter((inode) => inodes.has(inode)).length)
}

/** The local sockets of such connections in the kernel's table: address in host order, port, state. */
function inodesOf(address: string, port: number): Set<string> {
  const bytes = address.split('.').map(Number).reverse()
  const local = `${Buffer.from(bytes).toString('hex')}:${port.toString(16).padStart(4, '0')}`
  const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n')
  const columns = lines.map((line) => line.trim().split(/\s+/))
  const matching = columns.filter(
    ([, here, , state]) => here === local.toUpperCase() && state === ESTABLISHED,
  )
  return new Set(matching.map((column) => column[9] ?? ''))
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? []
      return inode ?? []
    } catch {
      // Closed in the meantime.
      return []
    }
  })
}
