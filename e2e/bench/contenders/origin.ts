import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { type Place, type Running, startListening } from './contender.ts'
import { nginxBasics, nginxCommand, nginxTemporary } from './nginx-basics.ts'

/** The servers of every proxy: one nginx with several addresses. */
export type Origin = Running & { servers: Place[] }

/** Several addresses, so that new connections don't run out of ports. */
const SERVERS = 4
const PORT = 8090
export const LARGE_BYTES = 1_000_000

function configuration(directory: string): string {
  return `${nginxBasics(directory, 1)}
http {
  ${nginxTemporary(directory)}
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_header_timeout 600s; sendfile on; tcp_nopush on;
  open_file_cache max=10;
  server {
    listen ${PORT} backlog=4096;
    root ${directory};
    location /large { }
    location / { return 200 "${'x'.repeat(99)}\\n"; }
  }
}`
}

/** Starts nginx. "/" has 100 bytes, "/large" a megabyte. */
export async function startOrigin(): Promise<Origin> {
  const servers = ownAddresses(SERVERS).map((address) => ({ address, port: PORT }))
  const [first = { address: '', port: PORT }] = servers
  const running = await startListening(first, (directory) => {
    const file = join(directory, 'nginx.conf')
    writeFileSync(file, configuration(directory))
    writeFileSync(join(directory, 'large'), Buffer.alloc(LARGE_BYTES, 'x'))
    return nginxCommand(directory, file)
  })
  return { ...running, servers }
}
