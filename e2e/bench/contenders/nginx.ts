import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from '#lib/testing/programs/programs.ts'
import { type Contender, startListening, type Wiring } from './contender.ts'
import { nginxBasics, nginxCommand, nginxTemporary } from './nginx-basics.ts'

const upstreams = ({ servers }: Wiring) =>
  servers.map(({ address, port }) => `server ${address}:${port};`).join(' ')

/** No temporary files for large bodies, like the other proxies. */
function httpBlock(wiring: Wiring, directory: string): string {
  return `
http {
  ${nginxTemporary(directory)}
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  upstream origin { ${upstreams(wiring)} keepalive 256; keepalive_requests 1000000000; }
  server {
    listen ${wiring.address}:${wiring.port} backlog=4096;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_max_temp_file_size 0;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_set_header Forwarded "";
      proxy_set_header X-Real-IP "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Request-Id $request_id;
    }
  }
}`
}

function streamBlock(wiring: Wiring): string {
  return `
stream {
  upstream origin { ${upstreams(wiring)} }
  server { listen ${wiring.address}:${wiring.port} backlog=4096; proxy_pass origin; }
}`
}

function configuration(wiring: Wiring, directory: string): string {
  if (wiring.duty.mode === 'http')
    return nginxBasics(directory, wiring.duty.workers) + httpBlock(wiring, directory)
  return `load_module ${requireProgram('ngx_stream_module.so')};${nginxBasics(directory, wiring.duty.workers)}${streamBlock(wiring)}`
}

/** nginx without active health checks, which its free edition lacks. */
export async function startNginxProxy(wiring: Wiring): Promise<Contender> {
  const running = await startListening(wiring, (directory) => {
    const file = join(directory, 'nginx.conf')
    writeFileSync(file, configuration(wiring, directory))
    return nginxCommand(directory, file)
  })
  return { ...running, name: 'nginx', workers: wiring.duty.workers }
}
