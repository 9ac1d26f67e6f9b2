import {
  type Bridge,
  killProcesses,
  type Machine,
  signalProcesses,
} from '#lib/testing/network/namespaces.ts'

/** A machine of a lab, and what can happen to it. */
export class LabMachine {
  readonly machine: Machine
  readonly #bridge: Bridge

  constructor(bridge: Bridge, machine: Machine) {
    this.#bridge = bridge
    this.machine = machine
  }

  get address(): string {
    return this.machine.address
  }

  get namespace(): string {
    return this.machine.namespace
  }

  /** Pulls the plug: it is off the network, and nothing of it runs. */
  die(): void {
    this.cut()
    this.kill()
  }

  /** Kills all that runs on it. Its network stays, and refuses connections. */
  kill(): void {
    killProcesses(this.namespace)
  }

  /** Stops all that runs on it, like a machine that hangs. Its network stays, and the kernel accepts connections. */
  freeze(): void {
    signalProcesses(this.namespace, 'SIGSTOP')
  }

  /** Has all that was stopped go on. */
  thaw(): void {
    signalProcesses(this.namespace, 'SIGCONT')
  }

  /** Pulls the network cable. */
  cut(): void {
    this.#bridge.cut(this.machine)
  }

  plug(): void {
    this.#bridge.plug(this.machine)
  }
}
