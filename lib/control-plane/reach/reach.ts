import { forbiddenAddress, isLoopback } from '#lib/core/forbidden-address.ts'
import type { FieldProblem } from '../errors.ts'
import { addressNumber, type Pool } from '../ip-pool.ts'
import type { BackendRow } from '../store/tables.ts'
import { forbiddenTarget } from './forbidden-target.ts'

/** What people may have this installation send traffic and health checks to. */
export type Reach = {
  /** The ports that it answers on itself. */
  ownPorts: number[]
  /** Whether servers may be on this machine. */
  loopback: boolean
  /** Its highly available IPs. */
  pools: Pool[]
}

const LOOPBACK_NAME = 'FAIRLEAD_LOOPBACK_SERVERS'
const LOOPBACK_FIRST = addressNumber('127.0.0.0')
const LOOPBACK_LAST = addressNumber('127.255.255.255')

/**
 * `FAIRLEAD_LOOPBACK_SERVERS`, "allow" or "refuse". Left out, servers may be on this machine where all highly available
 * IPs are: the embedded default, in which nobody else reaches either.
 * @throws Error in one line.
 */
export function parseLoopback(text: string | undefined, pools: Pool[]): boolean {
  if (text === 'allow' || text === 'refuse') return text === 'allow'
  if (text) throw new Error(`${LOOPBACK_NAME} must be allow or refuse.`)
  return pools.every(({ ranges }) =>
    ranges.every(({ first, last }) => first >= LOOPBACK_FIRST && last <= LOOPBACK_LAST),
  )
}

/** Servers, and the ports that they are asked on. */
export type Targets = { servers: string[]; ports: number[] }

type Asked = Pick<BackendRow, 'servers' | 'forward_port' | 'health_check'>

function targetsOf({ servers, forward_port, health_check }: Asked): Targets {
  return { servers, ports: [...new Set([forward_port, health_check.port])] }
}

/** Which servers nothing may be sent to, and why; by `server_ip.0`, as requests name them. */
export function unreachable({ servers, ports }: Targets, reach: Reach): FieldProblem[] {
  return servers.flatMap((address, index) => {
    const message = whyNot(address, ports, reach)
    return message === null ? [] : [{ field: `server_ip.${index}`, message }]
  })
}

/**
 * Which of a backend's servers nothing may be sent to. Those that it had before on the same ports stay: they may have been
 * let in under another setting, and must not keep it from being changed.
 */
export function backendReach(before: Asked | null, after: Asked, reach: Reach): FieldProblem[] {
  const targets = targetsOf(after)
  const known = before && targetsOf(before)
  const problems = unreachable(targets, reach)
  if (!known || !targets.ports.every((port) => known.ports.includes(port))) return problems
  return problems.filter(({ field }) => {
    const address = after.servers[Number(field.split('.')[1])]
    return !known.servers.includes(address ?? '')
  })
}

function whyNot(
  address: string,
  ports: number[],
  { ownPorts, loopback, pools }: Reach,
): string | null {
  const why = forbiddenAddress(address)
  if (why) return `${address} can't be a server: it ${why}.`
  if (isLoopback(address) && !loopback) {
    return `${address} is this machine itself. Servers may be on it where ${LOOPBACK_NAME} is "allow".`
  }
  if (!address.includes(':') && pools.some((pool) => holds(pool, addressNumber(address)))) {
    return `${address} is a highly available IP of this installation: its traffic would go round in circles.`
  }
  const own = ports.find((port) => forbiddenTarget({ address, port }, ownPorts) !== null)
  return own === undefined
    ? null
    : `${address} port ${own} can't be a server: Fairlead itself answers there.`
}

function holds({ ranges }: Pool, number: number): boolean {
  return ranges.some(({ first, last }) => first <= number && number <= last)
}
