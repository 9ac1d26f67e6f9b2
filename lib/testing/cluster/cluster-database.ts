import type { Bridge } from '#lib/testing/network/namespaces.ts'
import {
  forgetStandby,
  POSTGRES_USER,
  promote,
  requireStandby,
} from '#lib/testing/programs/postgres.ts'
import { DatabaseMachine, POSTGRES_PORT } from './database-machine.ts'

/** The database of a lab's control planes: PostgreSQL on one machine, or on two, as a primary and its synchronous standby. */
export class ClusterDatabase {
  readonly machines: DatabaseMachine[]
  #primary: DatabaseMachine

  /** @param directory for its files, which PostgreSQL's user may enter */
  constructor(bridge: Bridge, directory: string, { standby }: { standby: boolean }) {
    const addresses = standby ? ['10.99.0.31', '10.99.0.32'] : ['10.99.0.31']
    this.machines = addresses.map((address, at) => {
      const machine = bridge.add(`d${at + 1}`, address)
      return new DatabaseMachine(bridge, machine, `db-${at + 1}`, directory)
    })
    this.#primary = this.machines[0] as DatabaseMachine
  }

  /** `FAIRLEAD_DATABASE_URL` */
  get url(): string {
    const hosts = this.machines.map(({ address }) => `${address}:${POSTGRES_PORT}`)
    return `postgres://${POSTGRES_USER}@${hosts.join()}/${POSTGRES_USER}?sslmode=disable`
  }

  get primary(): DatabaseMachine {
    return this.#primary
  }

  /** The other machine, also while it is no standby yet. */
  get standby(): DatabaseMachine {
    const standby = this.machines.find((one) => one !== this.#primary)
    if (!standby) throw new Error('The lab has no standby')
    return standby
  }

  async start(): Promise<void> {
    await this.primary.startPrimary()
    if (this.machines.length > 1) await this.addStandby()
  }

  /**
   * Makes the standby the primary, like the operator's failover tool: the former primary is fenced first, by killing it. Resolves when the
   * new one accepts writes.
   */
  async promoteStandby(): Promise<void> {
    const { standby } = this
    this.primary.kill()
    await promote((sql) => standby.query(sql))
    this.#primary = standby
  }

  /** Has commits wait for no standby, like a failover tool when the standby is lost. */
  async forgetStandby(): Promise<void> {
    await forgetStandby((sql) => this.primary.query(sql))
  }

  /** Makes the other machine the synchronous standby, with a new copy of the primary. What runs there is killed. */
  async addStandby(): Promise<void> {
    const { standby, primary } = this
    standby.kill()
    standby.plug()
    await standby.startStandbyOf(primary)
    await requireStandby((sql) => primary.query(sql))
  }
}
