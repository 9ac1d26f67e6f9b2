import { clientNetwork } from '#lib/core/client-address.ts'
import { Throttle } from './throttle.ts'

/** Wrong passwords within five minutes: of an account from one network, and of all accounts from one network. */
export type PasswordLimits = { account: number; address: number }

/** Who tries a password of which account. */
export type Guesser = {
  email: string
  address: string
  /** The device's id where it has logged in to this account before; else null. */
  device: string | null
}

/** An attempt that has begun, and counts as a failure until it is said to be none. */
export type Attempt = {
  /** The password was right. */
  succeeded: () => void
  /** It was not looked at. */
  abandoned: () => void
}

type Counted = { throttle: Throttle; key: string }

/**
 * Holds guessing off by pairs of an account and a network, so that nobody can keep somebody else from logging in: what
 * counts against an owner are wrong passwords from the owner's own network only. A network is an address of IPv4 or a /64
 * of IPv6. A device that has logged in to the account before counts by itself, up to the same number, whatever others
 * in its network do.
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

  /** Seconds until it may be tried again; 0 where it may now. */
  wait(guesser: Guesser): number {
    return Math.max(...this.#countedBy(guesser).map(({ throttle, key }) => throttle.wait(key)))
  }

  /** Counts an attempt that `wait` lets through. */
  begin(guesser: Guesser): Attempt {
    const counted = this.#countedBy(guesser)
    for (const { throttle, key } of counted) throttle.count(key)
    const uncount = ({ throttle, key }: Counted) => throttle.uncount(key)
    return {
      abandoned: () => counted.forEach(uncount),
      succeeded: () => {
        for (const { throttle, key } of counted) {
          // One who knows a password may still try others' passwords: that stays counted.
          if (throttle === this.#networks) throttle.uncount(key)
          else throttle.forgive(key)
        }
      },
    }
  }

  #countedBy({ email, address, device }: Guesser): Counted[] {
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
