/**
 * Names that most messages are made of, in the spelling and the lower case in which they come. Finding one here is
 * cheaper than checking its characters and lowering it, and gives every message the same string.
 */
const COMMON = [
  'Host',
  'User-Agent',
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Accept-Ranges',
  'Access-Control-Allow-Origin',
  'Age',
  'Allow',
  'Authorization',
  'Cache-Control',
  'Connection',
  'Content-Encoding',
  'Content-Language',
  'Content-Length',
  'Content-Security-Policy',
  'Content-Type',
  'Cookie',
  'Date',
  'DNT',
  'ETag',
  'Expect',
  'Expires',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'Keep-Alive',
  'Last-Modified',
  'Location',
  'Origin',
  'Pragma',
  'Priority',
  'Range',
  'Referer',
  'Referrer-Policy',
  'Sec-Fetch-Dest',
  'Sec-Fetch-Mode',
  'Sec-Fetch-Site',
  'Sec-Fetch-User',
  'Server',
  'Set-Cookie',
  'Strict-Transport-Security',
  'Transfer-Encoding',
  'Upgrade',
  'Upgrade-Insecure-Requests',
  'Vary',
  'Via',
  'X-Content-Type-Options',
  'X-Forwarded-For',
  'X-Frame-Options',
  'X-Powered-By',
  'X-Request-Id',
  'X-Requested-With',
]

const SLOTS = 1024
const slots: ({ name: string; lower: string } | undefined)[] = new Array(SLOTS).fill(undefined)
for (const common of COMMON) {
  const lower = common.toLowerCase()
  for (const name of [common, lower]) slots[slotOf(hashOf(name))] = { name, lower }
}

/** One step of the hash by which common names are found: over all bytes of a name, from 0. */
export function nextHash(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0
}

function hashOf(name: string): number {
  let hash = 0
  for (let at = 0; at < name.length; at += 1) hash = nextHash(hash, name.charCodeAt(at))
  return hash
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 10)) & (SLOTS - 1)
}

/** A field's name in lower case. */
export function lowerName(name: string, hash: number): string {
  const slot = slots[slotOf(hash)]
  return slot?.name === name ? slot.lower : name.toLowerCase()
}

/** A name in lower case as a server that maps every odd character to one, as CGI does, would read it. */
export function plainName(lower: string): string {
  return /[^a-z0-9-]/.test(lower) ? lower.replaceAll(/[^a-z0-9-]/g, '-') : lower
}
