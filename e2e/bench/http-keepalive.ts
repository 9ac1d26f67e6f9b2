import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LoadBalancer } from '#lib/runtime/load-balancer.ts'
import { bindHandle, testBackend, testConfig, testFrontend } from '#lib/runtime/testing.ts'

/**
 * CPU time per request of this proxy and of HAProxy, side by side: keep-alive, 64 connections, bodies of 100 bytes,
 * one nginx behind. Needs haproxy, nginx and wrk. Run: npx node e2e/bench/http-keepalive.ts
 */

const ORIGIN = { address: '127.0.80.1', port: 8090 }
const HAPROXY = { address: '127.0.80.2', port: 8090 }
const FAIRLEAD = { address: '127.0.80.3', port: 8090 }
const SECONDS = 4
const ROUNDS = 3
/** Of /proc/<pid>/stat: clock ticks are 10 ms. */
const TICK_US = 10_000

type Place = typeof ORIGIN

const nginxConfig = (directory: string) => `
daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log /dev/null;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  server { listen ${ORIGIN.address}:${ORIGIN.port}; location / { return 200 "${'x'.repeat(99)}\\n"; } }
}`

const haproxyConfig = `
global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  http-reuse always
listen proxy
  bind ${HAPROXY.address}:${HAPROXY.port}
  server one ${ORIGIN.address}:${ORIGIN.port}
`

function runFairlead(): void {
  const backend = testBackend(ORIGIN.port, { servers: [ORIGIN.address] })
  const { address, port } = FAIRLEAD
  const config = testConfig([testFrontend(port, backend)], [backend], { address })
  const balancer = new LoadBalancer(
    config,
    () => {},
    () => {},
  )
  balancer.sockets.onSocket(FAIRLEAD, bindHandle(address, port).handle)
  balancer.activate()
}

async function listening({ address, port }: Place): Promise<void> {
  for (;;) {
    const socket = connect({ host: address, port })
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** CPU time a process has used, user and system, in microseconds. */
function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

function load({ address, port }: Place, seconds: number): { requests: number; perSecond: number } {
  const url = `http://${address}:${port}/`
  const output = execFileSync('wrk', ['-t1', '-c64', `-d${seconds}s`, url], { encoding: 'utf8' })
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(output)
  const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1])
  return { requests: number(/(\d+) requests in/), perSecond: number(/Requests\/sec:\s+([\d.]+)/) }
}

function measure(name: string, place: Place, process: ChildProcess): void {
  load(place, 1)
  const before = cpuOf(process)
  const { requests, perSecond } = load(place, SECONDS)
  const each = (cpuOf(process) - before) / requests
  console.log(`${name}: ${each.toFixed(1)} µs CPU a request, ${Math.round(perSecond)} requests/s`)
}

async function compare(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-bench-'))
  const nginxFile = join(directory, 'nginx.conf')
  const haproxyFile = join(directory, 'haproxy.cfg')
  writeFileSync(nginxFile, nginxConfig(directory))
  writeFileSync(haproxyFile, haproxyConfig)
  const origin = spawn('nginx', ['-c', nginxFile], { stdio: 'ignore' })
  await listening(ORIGIN)
  const haproxy = spawn('haproxy', ['-f', haproxyFile], { stdio: 'ignore' })
  const fairlead = spawn(process.execPath, [import.meta.filename, 'fairlead'], { stdio: 'ignore' })
  try {
    await Promise.all([HAPROXY, FAIRLEAD].map(listening))
    for (let round = 0; round < ROUNDS; round += 1) {
      measure('haproxy ', HAPROXY, haproxy)
      measure('fairlead', FAIRLEAD, fairlead)
    }
  } finally {
    for (const child of [fairlead, haproxy, origin]) child.kill()
    rmSync(directory, { recursive: true })
  }
}

if (process.argv[2] === 'fairlead') runFairlead()
else await compare()
