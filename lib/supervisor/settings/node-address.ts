import { isIPv4, isIPv6 } from 'node:net'
import type { NodeAddress } from '#lib/protocol/settings/control-plane-settings.ts'

const NAME = 'FAIRLEAD_NODE_ADDRESS'
/** No host name ends with a number (RFC 1123, section 2.1), so it is an IPv4 address or a mistyped one. */
const NUMERIC = /(?:^|\.)\d+$/

/**
 * Parses `FAIRLEAD_NODE_ADDRESS`: `10.0.0.1:3443` or `[2001:db8::1]:3443`; null if it isn't set.
 * @param ownPorts the ports of the API and the console
 * @throws Error with a one-line message
 */
export function parseNodeAddress(text: string | undefined, ownPorts: number[]): NodeAddress | null {
  if (!text) return null
  const [, bracketed, plain = '', digits] =
    /^(?:\[([^\]]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const isPlain = NUMERIC.test(plain) ? isIPv4(plain) : plain !== ''
  const isAddress = bracketed === undefined ? isPlain : isIPv6(bracketed)
  if (!isAddress || port < 1 || port > 65535) {
    throw new Error(`${NAME} must be an address and a port. For example: 10.0.0.1:3443`)
  }
  if (ownPorts.includes(port)) {
    throw new Error(`${NAME} has the port ${port} of the console or the API. Choose another port.`)
  }
  return { host: bracketed ?? plain, port }
}
