import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { furnish } from '#lib/testing/control-plane/furnished.ts'
import { MovedStore } from '#lib/testing/control-plane/moved-store.ts'
import { databaseOn } from '#lib/testing/control-plane/test-postgres.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { POSTGRES_USER, startPostgres } from '#lib/testing/programs/postgres.ts'

// Measures a move of a store with many load balancers to PostgreSQL and back: time and memory of the command.
// npm run bench:move-store [-- --lbs 20000]

const PROGRAM = join(import.meta.dirname, '../../lib/supervisor/move-store.ts')
/** The tables whose rows belong to a load balancer, in an order in which they can be inserted. */
const OF_LB =
  'lbs instances ips backends frontends routes acls certificates certificate_chains private_networks changes'

const { values } = parseArgs({ options: { lbs: { type: 'string', default: '20000' } } })
const server = await startPostgres('127.0.0.1', await freePort(), { options: ['fsync=on'] })
const store = new MovedStore(databaseOn(server))
try {
  const rows = await fill(Number(values.lbs))
  print(`${values.lbs} load balancers, ${rows} rows of them`)
  await measure('postgres')
  await measure('sqlite')
} finally {
  store.remove()
  await server.remove()
}

type Row = Record<string, string | number | null>

/** Fills the store with copies of a load balancer that has one of everything. @returns the number of rows copied */
async function fill(count: number): Promise<number> {
  const { key, certificate } = makeCertificate()
  {
    await using controlPlane = await store.run(null)
    await furnish(controlPlane, key + certificate)
  }
  using database = new DatabaseSync(store.file)
  const { id } = database.prepare('select id from lbs').get() as { id: string }
  const rows = OF_LB.split(' ').flatMap((table) =>
    rowsOf(database, table, id).map((row) => ({ table, row })),
  )
  const ids = [...new Set(rows.flatMap(({ row }) => (typeof row.id === 'string' ? [row.id] : [])))]
  database.exec('begin')
  for (let at = 1; at < count; at++) {
    const copies = new Map(ids.map((one) => [one, randomUUID()]))
    for (const { table, row } of rows) insert(database, table, copyOf(row, copies, at))
  }
  database.exec('commit')
  return rows.length * count
}

function rowsOf(database: DatabaseSync, table: string, lbId: string): Row[] {
  const condition = {
    lbs: 'id = ?',
    certificate_chains: 'certificate_id in (select id from certificates where lb_id = ?)',
  }[table]
  const select = database.prepare(`select * from ${table} where ${condition ?? 'lb_id = ?'}`)
  return select.all(lbId) as Row[]
}

function copyOf(row: Row, copies: ReadonlyMap<string, string>, at: number): Row {
  let text = JSON.stringify(row)
  for (const [id, copy] of copies) text = text.replaceAll(id, copy)
  const copy: Row = JSON.parse(text)
  if ('sequence' in copy) delete copy.id
  if ('ip_address' in copy) copy.ip_address = `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`
  return copy
}

function insert(database: DatabaseSync, table: string, row: Row): void {
  const names = Object.keys(row)
  const columns = names.map((name) => `"${name}"`).join(', ')
  const places = names.map(() => '?').join(', ')
  database
    .prepare(`insert into ${table} (${columns}) values (${places})`)
    .run(...Object.values(row))
}

async function measure(to: 'postgres' | 'sqlite'): Promise<void> {
  const url = `postgres://${POSTGRES_USER}@127.0.0.1:${server.port}/${POSTGRES_USER}?sslmode=disable`
  const settings = { FAIRLEAD_DATABASE_URL: url, FAIRLEAD_DATA_DIR: store.directory }
  const start = performance.now()
  const child = spawn(process.execPath, [PROGRAM, '--to', to], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let peak = 0
  for await (const line of createInterface(child.stdout)) {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))
    if (/^(Moved|changes|lbs)/.test(line)) print(`  ${line}`)
  }
  const seconds = (performance.now() - start) / 1000
  print(`to ${to}: ${seconds.toFixed(1)} s, at most ${Math.round(peak / 1024)} MB of memory`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
