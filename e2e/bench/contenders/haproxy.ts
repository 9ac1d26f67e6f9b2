import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from '#lib/testing/programs/programs.ts'
import { type Contender, MAX_PAIRS, startListening, type Wiring } from './contender.ts'
import { HAPROXY_RULES } from './rules.ts'

/** Forwarding headers as Fairlead sets them: address, protocol, port and request ID. The client's are removed. */
const HTTP_RULES = `
  mode http
  http-reuse always
  unique-id-format %{+X}o%ci:%cp_%fi:%fp_%Ts_%rt:%pid
  http-request del-header Forwarded
  http-request del-header X-Real-IP
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Request-Id %[unique-id]`

function configuration({ address, port, duty, servers }: Wiring): string {
  const cookie = (index: number) => (duty.sticky ? ` cookie s${index}` : '')
  const pool = `  default-server check inter 2s
${servers.map((server, index) => `  server s${index} ${server.address}:${server.port}${cookie(index)}`).join('\n')}`
  return `
global
  nbthread ${duty.workers}
  maxconn ${MAX_PAIRS + 100}
defaults
  timeout connect 5s
  timeout client 10m
  timeout server 10m
listen proxy
  bind ${address}:${port} backlog 4096
  balance roundrobin
  ${duty.mode === 'http' ? HTTP_RULES : 'mode tcp'}
  ${duty.sticky ? 'cookie SRV insert indirect' : ''}
  ${duty.rules ? HAPROXY_RULES : ''}
${pool}
${duty.rules ? `backend routed\n  mode http\n  http-reuse always\n  balance roundrobin\n${pool}` : ''}
`
}

export async function startHaproxy(wiring: Wiring): Promise<Contender> {
  const running = await startListening(wiring, (directory) => {
    const file = join(directory, 'haproxy.cfg')
    writeFileSync(file, configuration(wiring))
    return [requireProgram('haproxy'), '-q', '-f', file]
  })
  return { ...running, name: 'haproxy', workers: wiring.duty.workers }
}
