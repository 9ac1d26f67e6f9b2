import { isIPv4, type Socket } from 'node:net'
import type { DesiredBackend } from '#lib/config/desired.ts'

type Version = DesiredBackend['proxy_protocol']

/** Both ends of a client's connection, as the server is told. */
export type Ends = {
  remoteAddress?: string | undefined
  remotePort?: number | undefined
  localAddress?: string | undefined
  localPort?: number | undefined
}

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const PROXY_COMMAND = 0x21
const LOCAL_COMMAND = 0x20
const TCP_OVER_IPV4 = 0x11
const PP2_TYPE_SSL = 0x20
/** Client flags: no TLS. Verify: not zero, as no certificate was verified. */
const NO_TLS = Buffer.from([PP2_TYPE_SSL, 0, 5, 0, 0, 0, 0, 1])

/**
 * The PROXY protocol header that comes before a connection's first byte, or null where none is wanted.
 * Source: haproxy.org/download/2.6/doc/proxy-protocol.txt, sections 2.1 and 2.2.
 */
export function proxyHeader(version: Version, client: Socket | Ends): Buffer | null {
  if (version === 'none') return null
  if (version === 'v1') return versionOne(client)
  const extras = version === 'v2' ? Buffer.alloc(0) : NO_TLS
  return versionTwo(client, extras)
}

/** The header of a connection that the balancer makes on its own account, as health checks are. */
export function localProxyHeader(version: Version): Buffer | null {
  if (version === 'none') return null
  if (version === 'v1') return Buffer.from('PROXY UNKNOWN\r\n')
  return Buffer.concat([SIGNATURE, Buffer.from([LOCAL_COMMAND, 0, 0, 0])])
}

function versionOne(client: Ends): Buffer {
  const { remoteAddress, remotePort, localAddress, localPort } = client
  if (!isIPv4(remoteAddress ?? '')) return Buffer.from('PROXY UNKNOWN\r\n')
  return Buffer.from(`PROXY TCP4 ${remoteAddress} ${localAddress} ${remotePort} ${localPort}\r\n`)
}

function versionTwo(client: Ends, extras: Buffer): Buffer {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = client
  const addresses = Buffer.alloc(12)
  addresses.set(octets(remoteAddress), 0)
  addresses.set(octets(localAddress), 4)
  addresses.writeUInt16BE(remotePort, 8)
  addresses.writeUInt16BE(localPort, 10)
  const head = Buffer.from([PROXY_COMMAND, TCP_OVER_IPV4, 0, 0])
  head.writeUInt16BE(addresses.length + extras.length, 2)
  return Buffer.concat([SIGNATURE, head, addresses, extras])
}

/** The highly available IP is IPv4, and so are its clients. */
function octets(address: string): number[] {
  return isIPv4(address) ? address.split('.').map(Number) : [0, 0, 0, 0]
}
