import { chownSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import type { Bridge, Machine } from '#lib/testing/network/namespaces.ts'
import {
  copyPrimary,
  initializePostgres,
  postgresArguments,
  WITH_STANDBY,
} from '#lib/testing/programs/postgres.ts'
import { requireProgram } from '#lib/testing/programs/programs.ts'
import { unprivileged } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { LabMachine } from './lab-machine.ts'

export const POSTGRES_PORT = 5432

/** A machine that runs PostgreSQL, in a network namespace: `db-1`, … */
export class DatabaseMachine extends LabMachine {
  readonly name: string
  readonly #directory: string

  /** @param directory for its files, which PostgreSQL's user may enter */
  constructor(bridge: Bridge, machine: Machine, name: string, directory: string) {
    super(bridge, machine)
    this.name = name
    this.#directory = join(directory, name)
    mkdirSync(this.#directory)
    const { uid = 0, gid = 0 } = unprivileged()
    chownSync(this.#directory, uid, gid)
  }

  get #data(): string {
    return join(this.#directory, 'data')
  }

  /** Starts it as a primary with an empty database. */
  async startPrimary(): Promise<void> {
    initializePostgres(this.#data, WITH_STANDBY.hba)
    await this.start()
  }

  /** Starts it as a standby with a new copy of a primary. */
  async startStandbyOf(primary: DatabaseMachine): Promise<void> {
    rmSync(this.#data, { recursive: true, force: true })
    await copyPrimary(
      this.#data,
      { address: primary.address, port: POSTGRES_PORT },
      (program, args) => new MachineProcess(this.machine, asServer([program, ...args])).ended(),
    )
    await this.start()
  }

  /** Starts it with the data that it has, as after a reboot. Resolves when it answers queries. */
  async start(): Promise<void> {
    const { options = [] } = WITH_STANDBY
    const settings = [`unix_socket_directories=${this.#directory}`, ...options]
    const args = postgresArguments(this.#data, this.address, POSTGRES_PORT, settings)
    const command = asServer([requireProgram('postgres'), ...args])
    const server = new MachineProcess(this.machine, command)
    await waitFor(`PostgreSQL on ${this.name}`, async () => {
      if (!server.hasEnded) return this.query('select 1')
      throw new Error(server.errors)
    })
  }

  /** Whether it answers queries now. */
  async isReady(): Promise<boolean> {
    const rows = await this.query('select 1').catch(() => null)
    return rows !== null
  }

  /** Runs a statement on the machine itself, whatever happens to its network. @returns its rows */
  query(sql: string): Promise<Record<string, unknown>[]> {
    return runSql({ address: this.#directory, port: POSTGRES_PORT }, sql)
  }
}

/** PostgreSQL refuses to run as root. */
function asServer(command: string[]): string[] {
  const { uid, gid } = unprivileged()
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...command]
}
