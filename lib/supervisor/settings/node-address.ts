import { isIPv6 } from 'node:net'
import type { NodeAddress } from '#lib/protocol/settings/control-plane-settings.ts'

const NAME = 'FAIRLEAD_NODE_ADDRESS'

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
  const isAddress = bracketed === undefined ? plain !== '' : isIPv6(bracketed)
  if (!isAddress || port < 1 || port > 65535) {
    throw new Error(`${NAME} must be an address and a port. For example: 10.0.0.1:3443`)
  }
  if (ownPorts.includes(port)) {
    throw new Error(`${NAME} has the port ${port} of the console or the API. Choose another port.`)
  }
  return { host: bracketed ?? plain, port }
}
