import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exited, freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { backendInput, SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'
import { cpuMicroseconds } from './measure/cpu-time.ts'
import { ratioSpread, type Spread, spreadOf } from './measure/statistics.ts'

// Measures the writes of a control plane on an empty SQLite store: acknowledged updates of a frontend, one after the other.
// npm run bench:store-writes [-- --compare DIRECTORY --rounds 5 --changes 2000]

const LBS = '/lb/v1/regions/fr-par/lbs'
const WARM_UP = 200

type Result = { perSecond: number; cpuPerChange: number }

const { values } = parseArgs({
  options: {
    compare: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    changes: { type: 'string', default: '2000' },
  },
})
const checkouts = [resolve(import.meta.dirname, '../..')]
if (values.compare) checkouts.push(resolve(values.compare))
const results = new Map<string, Result[]>(checkouts.map((checkout) => [checkout, []]))

for (let round = 0; round < Number(values.rounds); round++) {
  // The order alternates, because the machine gets faster or slower over time.
  for (const checkout of round % 2 === 0 ? checkouts : checkouts.toReversed()) {
    const result = await measure(checkout)
    results.get(checkout)?.push(result)
    print(`round ${round + 1}, ${checkout}: ${result.perSecond.toFixed(0)}/s, ${figure(result)}`)
  }
}
for (const [checkout, all] of results) {
  const rates = spreadOf(all.map(({ perSecond }) => perSecond))
  const cpu = spreadOf(cpuOf(all))
  print(`${checkout}: ${shown(cpu)} µs of CPU time per change, ${shown(rates)} changes per second`)
}

const [own = [], other] = checkouts.map((checkout) => cpuOf(results.get(checkout)))
if (other) {
  const { median, least, most } = ratioSpread(own, other)
  print(`ratio of CPU time: ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`)
}

function cpuOf(all: Result[] = []): number[] {
  return all.map(({ cpuPerChange }) => cpuPerChange)
}

/** Runs a checkout's control plane on a new store. */
async function measure(checkout: string): Promise<Result> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-store-writes-'))
  const port = await freePort()
  const child = await startControlPlane(checkout, dataDir, port)
  const { pid } = child
  if (pid === undefined) throw new Error('The control plane has not started.')
  try {
    const call = caller(port)
    const rename = await frontendRename(call)
    for (let change = 0; change < WARM_UP; change++) await rename(change)
    const count = Number(values.changes)
    const cpuBefore = cpuMicroseconds([pid])
    const start = performance.now()
    for (let change = 0; change < count; change++) await rename(change)
    const seconds = (performance.now() - start) / 1000
    return {
      perSecond: count / seconds,
      cpuPerChange: (cpuMicroseconds([pid]) - cpuBefore) / count,
    }
  } finally {
    const ended = exited(child)
    child.kill('SIGTERM')
    await ended
    rmSync(dataDir, { recursive: true })
  }
}

type Support = { startProcess: (dataDir: string, port: number) => Promise<ChildProcess> }

/** Starts a checkout's control plane with its own test support, because settings differ between versions. */
async function startControlPlane(
  checkout: string,
  dataDir: string,
  port: number,
): Promise<ChildProcess> {
  const folders = ['lib/testing/control-plane', 'lib/control-plane/testing']
  const file = folders.map((folder) => join(checkout, folder, 'control-plane-process.ts'))
  const { startProcess }: Support = await import(file.find((one) => existsSync(one)) ?? '')
  return startProcess(dataDir, port)
}

type Call = (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>

function caller(port: number): Call {
  return async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': SECRET_KEY },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as Record<string, unknown>
  }
}

/** Creates a load balancer with one frontend. Returns a function that renames the frontend. */
async function frontendRename(call: Call): Promise<(change: number) => Promise<unknown>> {
  const frontend = { name: 'http', inbound_port: 80, backend: 'web' }
  const { id } = await call('POST', LBS, {
    name: 'shop',
    backends: [backendInput()],
    frontends: [frontend],
  })
  const { frontends } = await call('GET', `${LBS}/${id}/frontends`)
  const [created] = frontends as { id: string; backend: { id: string } }[]
  const path = `/lb/v1/regions/fr-par/frontends/${created?.id}`
  const fields = { inbound_port: 80, backend_id: created?.backend.id }
  return (change) => call('PUT', path, { ...fields, name: `http ${change}` })
}

function figure({ cpuPerChange }: Result): string {
  return `${cpuPerChange.toFixed(0)} µs of CPU time per change`
}

function shown({ median, least, most }: Spread): string {
  return `${median.toFixed(0)} (${least.toFixed(0)} to ${most.toFixed(0)})`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
