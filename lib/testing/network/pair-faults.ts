import { simulateDelay } from '#lib/testing/wait.ts'
import type { LabHost } from './lab-host.ts'
import type { PairLab } from './pair-lab.ts'
import type { Figures } from './probes.ts'

/** Longer than the backup waits, so that it has taken over when a stopped process goes on. Milliseconds. */
const STOPPED_MS = 600

type Fault = {
  /** Happens to the owner of carrier a. */
  strike(lab: PairLab, owner: LabHost): Promise<void> | void
  /** Undoes it, but for what repairs itself. */
  repair?(lab: PairLab, owner: LabHost): Promise<unknown>
}

/** What can happen to a host that owns addresses. */
export const PAIR_FAULTS = {
  'host dies': {
    strike: (lab, owner) => lab.die(owner),
    repair: (lab, owner) => lab.boot(owner),
  },
  'keepalived is killed': { strike: (_, owner) => killKeepalived(owner) },
  'keepalived is stopped, and goes on later': {
    async strike(_, owner) {
      owner.signalKeepalived('SIGSTOP')
      await simulateDelay(STOPPED_MS)
      owner.signalKeepalived('SIGCONT')
    },
  },
  'keepalived ends (SIGTERM)': {
    strike(_, owner) {
      process.kill(owner.keepalived()[0] ?? 0, 'SIGTERM')
    },
  },
  'node is not healthy': {
    async strike(_, owner) {
      await owner.client.health({ ok: false })
    },
    repair: (_, owner) => owner.client.health({ ok: true }),
  },
  'network helper is killed': {
    async strike(_, owner) {
      await owner.killHelper()
      await owner.startHelper()
    },
  },
} satisfies Record<string, Fault>
export type PairFault = keyof typeof PAIR_FAULTS

/** Has a fault strike the owner of carrier a once, measured at an address on that carrier, and repairs it. */
export async function measureFault(
  lab: PairLab,
  name: PairFault,
  address: string,
): Promise<Figures & { struck: LabHost }> {
  const fault: Fault = PAIR_FAULTS[name]
  const struck = await lab.owner('a')
  const figures = await lab.measure(address, async () => fault.strike(lab, struck))
  await fault.repair?.(lab, struck)
  return { ...figures, struck }
}

function killKeepalived(host: LabHost): void {
  // Its parent must not start the VRRP process again.
  host.signalKeepalived('SIGSTOP')
  host.signalKeepalived('SIGKILL')
}
