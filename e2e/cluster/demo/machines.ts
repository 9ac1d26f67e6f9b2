import type { DemoState } from '#lib/core/demo-state.ts'
import type { ClusterDatabase } from '#lib/testing/cluster/cluster-database.ts'
import type { ClusterLab, LbHost } from '#lib/testing/cluster/cluster-lab.ts'
import type { ControlPlaneHost } from '#lib/testing/cluster/control-plane-host.ts'
import type { DatabaseMachine } from '#lib/testing/cluster/database-machine.ts'
import { startBalancedConsole } from './balanced-console.ts'

/** How long a console takes to pass an answer on. Milliseconds. */
const ANSWER_MS = 300

export type MachineState = DemoState['hosts'][number]

/** A machine of the demo with a plug. */
export type DemoMachine = Pick<MachineState, 'name' | 'role'> & {
  database(): MachineState['database']
  /** Pulls its plug. Resolves when what depends on it has been repaired elsewhere. */
  pull(): Promise<void> | void
  /** Gives it power again. Resolves when what it runs is ready. */
  plug(): Promise<void>
}

/** All of them: load balancer hosts, control planes, and the database's. */
export function machinesOf(lab: ClusterLab): DemoMachine[] {
  return [
    ...lab.hosts.map((one) => lbMachine(lab, one)),
    ...lab.controlPlanes.map(controlPlaneMachine),
    ...lab.database.machines.map((one) => databaseMachine(lab.database, one)),
  ]
}

function lbMachine(lab: ClusterLab, one: LbHost): DemoMachine {
  return {
    name: one.name,
    role: 'load_balancer',
    database: () => null,
    pull: () => one.host.die(),
    async plug() {
      one.host.boot()
      await lab.startHost(one)
    },
  }
}

function controlPlaneMachine(one: ControlPlaneHost): DemoMachine {
  return {
    name: one.name,
    role: 'control_plane',
    database: () => null,
    pull() {
      // The console that asks for it may be this one, and has to answer first.
      setTimeout(() => one.host.die(), ANSWER_MS)
    },
    async plug() {
      one.host.boot()
      await Promise.all([one.start(), startBalancedConsole(one)])
    },
  }
}

/** The demo is the failover tool of its database: it promotes the standby, and lets the primary go on alone. */
function databaseMachine(database: ClusterDatabase, one: DatabaseMachine): DemoMachine {
  const isPrimary = () => database.primary === one
  return {
    name: one.name,
    role: 'database',
    database: () => (isPrimary() ? 'primary' : 'standby'),
    async pull() {
      one.die()
      const other = isPrimary() ? database.standby : database.primary
      // It may be off, or not be a complete copy yet.
      if (!(await other.isReady())) return
      await (isPrimary() ? database.promoteStandby() : database.forgetStandby())
    },
    async plug() {
      if (!isPrimary()) return database.addStandby()
      one.plug()
      await one.start()
      await database.forgetStandby()
    },
  }
}
