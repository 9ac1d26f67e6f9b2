import { clientNetwork } from '#lib/core/client-address.ts'
import { Throttle } from './throttle.ts'

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
  succeed: () => void
  /** The password was not checked. */
  abandon: () => void
}

type ThrottleKey = { throttle: Throttle; key: string }

/**
 * Limits wrong passwords per pair of account and network, so that an attacker elsewhere can't lock an account. A network is an IPv4
 * address or an IPv6 /64. A device that has logged in to the account before has a limit of its own.
 */
export class PasswordThrottle {
  readonly #pairs: Throttle
  readonly #networks: Throttle
  readonly #devices: Throttle

  constructor({ account, address }: PasswordLimits) {
    this.#pairs = new Throttle(account)
    this.#networks = new Throttle(address)
    this.#devices = new Throttle(account)
  }

  /** Seconds until the next attempt is allowed; 0 if it is allowed now. */
  wait(login: LoginAttempt): number {
    return Math.max(...this.#keysOf(login).map(({ throttle, key }) => throttle.wait(key)))
  }

  /** Counts an attempt that `wait` allows. */
  begin(login: LoginAttempt): CountedAttempt {
    const keys = this.#keysOf(login)
    for (const { throttle, key } of keys) throttle.count(key)
    const uncount = ({ throttle, key }: ThrottleKey) => throttle.uncount(key)
    return {
      abandon: () => keys.forEach(uncount),
      succeed: () => {
        for (const { throttle, key } of keys) {
          // Attempts on other accounts from this network stay counted.
          if (throttle === this.#networks) throttle.uncount(key)
          else throttle.forgive(key)
        }
      },
    }
  }

  #keysOf({ email, address, device }: LoginAttempt): ThrottleKey[] {
    if (device !== null && this.#devices.wait(device) === 0) {
      return [{ throttle: this.#devices, key: device }]
    }
    const network = clientNetwork(address)
    return [
      { throttle: this.#pairs, key: `${network} ${email}` },
      { throttle: this.#networks, key: network },
    ]
  }
}
