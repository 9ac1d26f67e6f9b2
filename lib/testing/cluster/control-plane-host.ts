import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { ClusterMachine } from './cluster-machine.ts'
import { relayPorts } from './relay.ts'

const START = 'lib/supervisor/launch.mjs'

export type ControlPlanePorts = { console: number; api: number }

/** A machine with a control plane, and with a console if the lab has them: `cp-1`, … Clients on the test's machine reach both. */
export class ControlPlaneHost {
  readonly name: string
  readonly host: ClusterMachine
  readonly ports: ControlPlanePorts
  readonly secretKey: string
  readonly #env: Record<string, string>
  #relay: ChildProcess | null = null

  /** @param env its settings */
  constructor(
    name: string,
    host: ClusterMachine,
    {
      ports,
      secretKey,
      env,
    }: Pick<ControlPlaneHost, 'ports' | 'secretKey'> & {
      env: Record<string, string>
    },
  ) {
    this.name = name
    this.host = host
    this.ports = ports
    this.secretKey = secretKey
    this.#env = env
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.ports.api}`
  }

  get consoleUrl(): string {
    return `http://127.0.0.1:${this.ports.console}`
  }

  /** Starts it, also again after it was stopped or killed. */
  async start(): Promise<void> {
    await this.#startRelay()
    await this.host.start(START, [], this.#env, /^Fairlead is ready/m)
  }

  /** It runs on the machine, and ends with that. */
  async #startRelay(): Promise<void> {
    const former = this.#relay
    former?.kill('SIGKILL')
    if (former?.exitCode === null && former.signalCode === null) await once(former, 'exit')
    const { console: consolePort, api } = this.ports
    this.#relay = await relayPorts(this.host.machine, [consolePort, api])
  }
}
