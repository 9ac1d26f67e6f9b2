import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram } from './server-program.ts'

/** A real web server that responds with its name. */
export type WebServer = ServerProgram & { name: string }

/** A whole configuration of nginx. @param servers its `server` blocks @param directory for its files */
export function nginxConfig(servers: string, directory: string): string {
  return `
daemon off;
master_process off;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  default_type text/plain;
  ${servers}
}`
}

/** Starts an nginx on address:port that responds with its name. */
export async function startNginx(name: string, address: string, port: number): Promise<WebServer> {
  const servers = () => `
  server {
    listen ${address}:${port};
    location / { return 200 "${name}\\n"; }
    location /health { return 200 "ok\\n"; }
  }`
  return { ...(await startNginxWith(address, port, servers)), name }
}

/**
 * Starts nginx on address:port.
 * @param serversIn the `server` blocks of its configuration, with files in the given directory
 */
export async function startNginxWith(
  address: string,
  port: number,
  serversIn: (directory: string) => string,
): Promise<ServerProgram> {
  const directory = makeDirectory('nginx')
  const config = join(directory, 'nginx.conf')
  writeFileSync(config, nginxConfig(serversIn(directory), directory))
  const program = requireProgram('nginx')
  const args = ['-p', directory, '-c', config]
  return startProgram({ name: 'nginx', address, port, program, args, directory })
}
