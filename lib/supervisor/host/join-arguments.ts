import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { type JoinToken, parseJoinToken } from '#lib/protocol/join.ts'

/** The arguments and settings of `npm run join`. */
export type JoinTarget = {
  token: JoinToken
  /** Where the control plane listens for nodes; an IPv6 address without brackets. */
  host: string
  port: number
  /** The interface for HA IPs; null for the one through which the control plane is reached. */
  interface: string | null
}

const USAGE =
  'Copy the whole command that the console shows under Nodes › Add a node: npm run join -- TOKEN@HOST:PORT'

/**
 * Parses `TOKEN@HOST:PORT` and `--interface NAME`.
 * @throws Error in one line, without the token's secret
 */
export function parseJoinArguments(args: string[]): JoinTarget {
  const { values, positionals } = parse(args)
  const [text, ...others] = positionals
  if (text === undefined || others.length > 0) throw new Error(USAGE)
  const at = text.lastIndexOf('@')
  const token = at < 0 ? null : parseJoinToken(text.slice(0, at))
  if (!token) throw new Error(`This is no join token and address. ${USAGE}`)
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text.slice(at + 1)) ?? []
  const host = bracketed ?? plain ?? ''
  const port = Number(digits)
  const isAddress = bracketed === undefined ? host !== '' : isIP(bracketed) === 6
  if (!isAddress || port < 1 || port > 65535) {
    throw new Error(
      `"${text.slice(at + 1)}" is not an address with a port, as 10.0.0.1:3443 is. ${USAGE}`,
    )
  }
  return { token, host, port, interface: values.interface ?? null }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { interface: { type: 'string' } }, allowPositionals: true })
  } catch {
    throw new Error(`The only option is --interface NAME. ${USAGE}`)
  }
}

/** `10.0.0.1:3443`, `[2001:db8::1]:3443` */
export function addressText({ host, port }: Pick<JoinTarget, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
