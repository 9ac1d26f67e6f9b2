import type { LbHost } from '#lib/testing/cluster/cluster-lab.ts'
import type { Figures } from '#lib/testing/network/probes.ts'
import { simulateDelay } from '#lib/testing/wait.ts'
import type { Stage } from './stage.ts'

const NODE = /^fairlead node/
const SUPERVISOR = /supervisor/
const KEEPALIVED = /keepalived/
/** Longer than the backup waits, so that it has taken over when a stopped process goes on. Milliseconds. */
const STOPPED_MS = 600

/** What can happen to the host that owns an HA IP. */
export type HostFault = {
  what: string
  /** The limit of the gap. Milliseconds. */
  atMostMs: number
  /** Whether the other host takes over. */
  movesTraffic: boolean
  strike(host: LbHost): Promise<void> | void
  /** Undoes what doesn't repair itself. */
  repair?(stage: Stage, host: LbHost): Promise<void>
}

export const HOST_FAULTS: readonly HostFault[] = [
  {
    what: 'host dies',
    atMostMs: 250,
    movesTraffic: true,
    strike: ({ host }) => host.die(),
    async repair(stage, host) {
      host.host.boot()
      await stage.lab.startHost(host)
    },
  },
  {
    what: 'keepalived is killed',
    atMostMs: 250,
    movesTraffic: true,
    strike: ({ host }) => host.signal(KEEPALIVED, 'SIGKILL'),
  },
  {
    what: 'keepalived is stopped, and goes on later',
    atMostMs: 250,
    movesTraffic: true,
    async strike({ host }) {
      host.signal(KEEPALIVED, 'SIGSTOP')
      await simulateDelay(STOPPED_MS)
      host.signal(KEEPALIVED, 'SIGCONT')
    },
  },
  {
    what: 'node is killed',
    atMostMs: 250,
    movesTraffic: true,
    strike: ({ host }) => host.signal(NODE, 'SIGKILL'),
  },
  {
    what: 'node hangs',
    atMostMs: 600,
    movesTraffic: true,
    strike: ({ host }) => host.signal(NODE, 'SIGSTOP'),
  },
  {
    what: 'supervisor is killed',
    atMostMs: 250,
    movesTraffic: false,
    strike: ({ host }) => host.signal(SUPERVISOR, 'SIGKILL'),
    repair: (stage, host) => stage.lab.startHost(host),
  },
]

/** Has a fault strike the first host, which owns the HA IP, and repairs it. */
export async function measureFault(stage: Stage, fault: HostFault): Promise<Figures> {
  const { first } = stage
  await stage.giveTo(first)
  const { probes } = stage.lab
  const figures = await probes.measure(stage.address, async () => fault.strike(first))
  await fault.repair?.(stage, first)
  return figures
}
