import { isIPv4 } from 'node:net'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'

type Version = DesiredBackend['proxy_protocol']

type End = { address?: string; port?: number }

/** Both ends of a client's connection. */
export type Ends = { remote: End; local: End }

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const PROXY_COMMAND = 0x21
const LOCAL_COMMAND = 0x20
const TCP_OVER_IPV4 = 0x11
const PP2_TYPE_SSL = 0x20
/** Client flags: no TLS. Verify: non-zero, because no certificate was verified. */
const NO_TLS = Buffer.from([PP2_TYPE_SSL, 0, 5, 0, 0, 0, 0, 1])

/**
 * The PROXY protocol header, which is sent before all other data; null for none.
 * Source: haproxy.org/download/2.6/doc/proxy-protocol.txt, sections 2.1 and 2.2.
 */
export function proxyHeader(version: Version, ends: Ends): Buffer | null {
  if (version === 'none') return null
  if (version === 'v1') return versionOne(ends)
  const extras = version === 'v2' ? Buffer.alloc(0) : NO_TLS
  return versionTwo(ends, extras)
}

/** The header of the load balancer's own connections: health checks. */
export function localProxyHeader(version: Version): Buffer | null {
  if (version === 'none') return null
  if (version === 'v1') return Buffer.from('PROXY UNKNOWN\r\n')
  return Buffer.concat([SIGNATURE, Buffer.from([LOCAL_COMMAND, 0, 0, 0])])
}

function versionOne({ remote, local }: Ends): Buffer {
  if (!isIPv4(remote.address ?? '')) return Buffer.from('PROXY UNKNOWN\r\n')
  return Buffer.from(
    `PROXY TCP4 ${remote.address} ${local.address} ${remote.port} ${local.port}\r\n`,
  )
}

function versionTwo({ remote, local }: Ends, extras: Buffer): Buffer {
  const addresses = Buffer.alloc(12)
  addresses.set(octets(remote.address), 0)
  addresses.set(octets(local.address), 4)
  addresses.writeUInt16BE(remote.port ?? 0, 8)
  addresses.writeUInt16BE(local.port ?? 0, 10)
  const head = Buffer.from([PROXY_COMMAND, TCP_OVER_IPV4, 0, 0])
  head.writeUInt16BE(addresses.length + extras.length, 2)
  return Buffer.concat([SIGNATURE, head, addresses, extras])
}

/** IPv4 only: the HA IP is IPv4, and so are its clients. */
function octets(address = ''): number[] {
  return isIPv4(address) ? address.split('.').map(Number) : [0, 0, 0, 0]
}
