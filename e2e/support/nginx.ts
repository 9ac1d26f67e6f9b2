import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireProgram } from './programs.ts'
import { waitFor } from './wait.ts'

/** One real web server that answers with its own name. */
export type WebServer = {
  name: string
  address: string
  port: number
  start(): Promise<void>
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  remove(): Promise<void>
}

function configOf(name: string, address: string, port: number, directory: string): string {
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
  server {
    listen ${address}:${port};
    default_type text/plain;
    location / { return 200 "${name}\\n"; }
    location /health { return 200 "ok\\n"; }
  }
}`
}

async function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Starts an nginx of its own on address:port. */
export async function startNginx(name: string, address: string, port: number): Promise<WebServer> {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-nginx-'))
  const config = join(directory, 'nginx.conf')
  writeFileSync(config, configOf(name, address, port, directory))
  let child: ChildProcess | null = null
  const server: WebServer = {
    name,
    address,
    port,
    async start() {
      child = spawn(requireProgram('nginx'), ['-p', directory, '-c', config], { stdio: 'ignore' })
      await waitFor(`nginx ${name} accepts`, () => accepts(address, port))
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const exited = new Promise((resolve) => child?.once('exit', resolve))
      child.kill('SIGKILL')
      await exited
    },
    async remove() {
      await server.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}
