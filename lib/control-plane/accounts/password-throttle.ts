import { clientNetwork } from '#lib/core/client-address.ts'
import type { FailureCounts, LimitedKey } from './failure-counts.ts'

/** Wrong passwords per five minutes: per account and network, and per network. */
export type PasswordLimits = { account: number; address: number }

export type LoginAttempt = {
  email: string
  address: string
  /** The device's ID if it has logged in to this account before; else null. */
  device: string | null
}

/** An attempt counts as a failure until one of these is called. */
export type CountedAttempt = {
  succeed: () => Promise<void>
  /** The password was not checked. */
  abandon: () => Promise<void>
}

/**
 * Limits wrong passwords per pair of account and network, so that an attacker elsewhere can't lock an account. A network is an IPv4
 * address or an IPv6 /64. A device that has logged in to the account before has a limit of its own.
 */
export class PasswordThrottle {
  readonly #limits: PasswordLimits
  readonly #counts: FailureCounts

  constructor(limits: PasswordLimits, counts: FailureCounts) {
    this.#limits = limits
    this.#counts = counts
  }

  /** Seconds until the next attempt is allowed, as far as this process knows; 0 if it may be allowed now. */
  wait(login: LoginAttempt): number {
    const device = this.#deviceOf(login)
    if (device && this.#counts.wait(device) === 0) return 0
    return Math.max(...this.#keysOf(login).map((key) => this.#counts.wait(key)))
  }

  /** Counts an attempt; null if it is not allowed, and `wait` knows for how long. */
  async begin(login: LoginAttempt): Promise<CountedAttempt | null> {
    const device = this.#deviceOf(login)
    if (device && (await this.#counts.begin([device]))) return this.#counted([device])
    const keys = this.#keysOf(login)
    return (await this.#counts.begin(keys)) ? this.#counted(keys) : null
  }

  #counted(keys: readonly LimitedKey[]): CountedAttempt {
    return {
      abandon: () => this.#counts.uncount(keys),
      succeed: async () => {
        // Attempts on other accounts from this network stay counted.
        const networks = keys.filter(({ kind }) => kind === 'network')
        if (networks.length > 0) await this.#counts.uncount(networks)
        await this.#counts.forgive(keys.filter(({ kind }) => kind !== 'network'))
      },
    }
  }

  #deviceOf({ device }: LoginAttempt): LimitedKey | null {
    return device === null ? null : { kind: 'device', key: device, limit: this.#limits.account }
  }

  #keysOf({ email, address }: LoginAttempt): LimitedKey[] {
    const network = clientNetwork(address)
    const { account, address: addressLimit } = this.#limits
    return [
      { kind: 'pair', key: `${network} ${email}`, limit: account },
      { kind: 'network', key: network, limit: addressLimit },
    ]
  }
}
