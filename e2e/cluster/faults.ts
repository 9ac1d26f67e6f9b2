import type { Failover, FailoverReason } from '#lib/core/failover.ts'
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
  /** The reason in the history; null if the other host doesn't take over. */
  reason: FailoverReason | null
  strike(host: LbHost): Promise<void> | void
  /** Undoes what doesn't repair itself. */
  repair?(stage: Stage, host: LbHost): Promise<void>
}

export const HOST_FAULTS: readonly HostFault[] = [
  {
    what: 'host dies',
    atMostMs: 250,
    reason: 'host_lost',
    strike: ({ host }) => host.die(),
    async repair(stage, host) {
      host.host.boot()
      await stage.lab.startHost(host)
    },
  },
  {
    what: 'keepalived is killed',
    atMostMs: 250,
    reason: 'adverts_lost',
    strike: ({ host }) => host.signal(KEEPALIVED, 'SIGKILL'),
  },
  {
    what: 'keepalived is stopped, and goes on later',
    atMostMs: 250,
    reason: 'adverts_lost',
    async strike({ host }) {
      host.signal(KEEPALIVED, 'SIGSTOP')
      await simulateDelay(STOPPED_MS)
      host.signal(KEEPALIVED, 'SIGCONT')
    },
  },
  {
    what: 'node is killed',
    atMostMs: 250,
    reason: 'ended',
    strike: ({ host }) => host.signal(NODE, 'SIGKILL'),
  },
  {
    what: 'node hangs',
    atMostMs: 600,
    reason: 'hung',
    strike: ({ host }) => host.signal(NODE, 'SIGSTOP'),
  },
  {
    what: 'supervisor is killed',
    atMostMs: 250,
    reason: null,
    strike: ({ host }) => host.signal(SUPERVISOR, 'SIGKILL'),
    repair: (stage, host) => stage.lab.startHost(host),
  },
]

/** What clients saw of a fault, and what the history says of it: null if it has nothing. */
export type MeasuredFault = Figures & { failover: Failover | null }

/** Has a fault strike the first host, which owns the HA IP, and repairs it. */
export async function measureFault(stage: Stage, fault: HostFault): Promise<MeasuredFault> {
  await stage.giveTo(stage.first)
  const before = await stage.lastFailover()
  const [figures] = await strike(stage, fault, [stage.address])
  const failover = fault.reason && (await stage.failoverFor(fault.reason, before))
  await fault.repair?.(stage, stage.first)
  return { ...(figures as Figures), failover }
}

/** Has a fault strike the first host, which owns these addresses, and repairs it. @returns the figures of each address */
export async function measureFaultAt(
  stage: Stage,
  fault: HostFault,
  addresses: readonly string[],
): Promise<Figures[]> {
  const figures = await strike(stage, fault, addresses)
  await fault.repair?.(stage, stage.first)
  return figures
}

function strike(
  { lab, first }: Stage,
  fault: HostFault,
  addresses: readonly string[],
): Promise<Figures[]> {
  return lab.probes.measureAll(addresses, async () => fault.strike(first))
}
