import { networkInterfaces } from 'node:os'
import * as z from 'zod'
import { addressReadings, deniedAddress, isLoopback, isPrivate } from '#lib/core/denied-address.ts'
import type { AddressNumber } from '#lib/core/subnet.ts'

/** An IPv4 network's addresses, as numbers: 127.51.0.1 is 0x7f330001. */
export const Range = z.object({ first: z.int(), last: z.int() })

/**
 * Where this installation may send traffic, health checks, notifications and mail on somebody's behalf: anywhere but to itself,
 * and to the addresses that `deniedAddress` always denies.
 */
export const EgressPolicy = z.object({
  /** The ports that it answers on itself, on every address of this machine. */
  ownPorts: z.array(z.int()),
  /** Whether it may send to 127.0.0.0/8 and ::1. */
  loopback: z.boolean(),
  /** Its highly available IPs. */
  pools: z.array(z.object({ ranges: z.array(Range) })),
})
export type EgressPolicy = z.infer<typeof EgressPolicy>

/** Where something is about to be sent. */
export type Target = { address: string; port: number }

/** Reading the addresses of this machine takes too long to do it for each of a thousand servers. Milliseconds. */
const INTERFACES_FRESH_MS = 1000

export const LOOPBACK_SETTING = 'FAIRLEAD_LOOPBACK_SERVERS'

/** Why nothing is sent to a target, as a sentence; null where it may be. All spellings of an address are alike. */
export function deniedTarget(
  { address, port }: Target,
  { ownPorts, loopback, pools }: EgressPolicy,
): string | null {
  const reason = deniedAddress(address)
  if (reason) return `Traffic to ${address} is not allowed: it ${reason}.`
  if (isHighlyAvailable(address, pools)) {
    return `Traffic to ${address} is not allowed: it is a highly available IP of this installation, and traffic would loop.`
  }
  if (ownPorts.includes(port) && isOwnAddress(address)) {
    return `Traffic to ${address} port ${port} is not allowed: Fairlead itself listens there.`
  }
  if (!loopback && isLoopback(address)) {
    return `Traffic to ${address} is not allowed: it is a loopback address. To allow it, set ${LOOPBACK_SETTING} to "allow".`
  }
  return null
}

/** Whether an address is private, or one of this machine's: what listens there is nobody's business. */
export function isInternal(address: string): boolean {
  return isPrivate(address) || isOwnAddress(address)
}

function isHighlyAvailable(address: string, pools: EgressPolicy['pools']): boolean {
  const readings = addressReadings(address)
  return pools.some(({ ranges }) =>
    ranges.some(({ first, last }) => readings.some((one) => first <= one && one <= last)),
  )
}

function isOwnAddress(address: string): boolean {
  if (isLoopback(address)) return true
  const own = ownAddresses()
  return addressReadings(address).some((one) => own.has(one))
}

let interfaces = { addresses: new Set<AddressNumber>(), readAt: Number.NEGATIVE_INFINITY }

function ownAddresses(): Set<AddressNumber> {
  const now = performance.now()
  if (now - interfaces.readAt < INTERFACES_FRESH_MS) return interfaces.addresses
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  interfaces = {
    addresses: new Set(all.flatMap((one) => addressReadings(one.address))),
    readAt: now,
  }
  return interfaces.addresses
}
