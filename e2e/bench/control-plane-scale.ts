import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Figure, missed } from '../support/figures.ts'
import { copyLbs, postgresTarget, sqliteTarget } from './scale/copy-lbs.ts'
import { DatabasePair } from './scale/database-pair.ts'
import { createLbs, Edits } from './scale/edits.ts'
import { shown } from './scale/latencies.ts'
import { measureLists } from './scale/lists.ts'
import { MeasuredControlPlane } from './scale/measured-control-plane.ts'

// Measures control planes on SQLite, on PostgreSQL, and with many load balancers. See README.md.
// npm run bench:scale [-- --only answers,postgres --lbs 100000]

const FEW = 10
const WARM_UP = 100
const BLOCK = 50

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'answers,sqlite,postgres' },
    lbs: { type: 'string', default: '100000' },
    created: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '20' },
    checkout: { type: 'string', default: resolve(import.meta.dirname, '../..') },
  },
})
const only = values.only.split(',')
const checkout = resolve(values.checkout)
const count = Number(values.lbs)
const created = Number(values.created)
const rounds = Number(values.rounds)

const figures: Figure[] = []
if (only.includes('answers')) await measureAnswers()
for (const store of ['sqlite', 'postgres'] as const) {
  if (only.includes(store)) await measureMany(store)
}
const problems = missed(figures)
process.exitCode = problems.length > 0 ? 1 : 0

/** Edits on SQLite and on PostgreSQL, in turn. */
async function measureAnswers(): Promise<void> {
  const databases = await DatabasePair.start()
  const sqlite = await MeasuredControlPlane.start({ checkout, database: null })
  const database = await databases.create('answers')
  const postgres = await MeasuredControlPlane.start({ checkout, database })
  try {
    const edits = await editsOf([sqlite, postgres])
    await inTurn(edits)
    const [one, other] = edits
    if (!one || !other) return
    print(`an edit on SQLite: ${shown(one.latencies)}, ${one.cpuMs.toFixed(2)} ms of CPU time`)
    print(`on PostgreSQL: ${shown(other.latencies)}, ${other.cpuMs.toFixed(2)} ms of CPU time`)
    const ratio = other.latencies.p50 / one.latencies.p50
    figures.push({ what: 'p50 on PostgreSQL to that on SQLite', value: ratio, atMost: 3 })
  } finally {
    await sqlite.remove()
    await postgres.remove()
    await databases.remove()
  }
}

/** A control plane with few load balancers beside one with many. */
async function measureMany(store: 'sqlite' | 'postgres'): Promise<void> {
  const databases = store === 'postgres' ? await DatabasePair.start() : null
  const fewIn = (await databases?.create('few')) ?? null
  const manyIn = (await databases?.create('many')) ?? null
  const few = await MeasuredControlPlane.start({ checkout, database: fewIn })
  let many = await MeasuredControlPlane.start({ checkout, database: manyIn })
  try {
    await createLbs(few, { from: 0, to: FEW }, 1)
    const templates = await createLbs(many, { from: 0, to: FEW }, 1)
    const memory = { few: few.residentMib, many: 0 }
    await many.stop()
    const file = join(many.directory, 'fairlead.db')
    const target = manyIn ? await postgresTarget(manyIn) : sqliteTarget(file)
    await copyLbs(target, templates, { from: FEW, to: count - created })
    const { directory } = many
    many = await MeasuredControlPlane.start({ checkout, database: manyIn, directory })
    print(
      `${store}: a start with ${count - created} load balancers: ${many.startedMs.toFixed(0)} ms`,
    )
    const rate = await measureCreates(many, { from: count - created, to: count })
    figures.push({
      what: `${store}: creates with ${count} load balancers`,
      value: rate,
      unit: '/s',
      atLeast: 300,
    })
    const edits = await Promise.all([
      Edits.of(few, (await firstLb(few)).id),
      Edits.of(many, templates[0] ?? ''),
    ])
    await inTurn(edits)
    const [one, other] = edits
    print(
      `${store}: an edit with ${FEW}: ${shown(one.latencies)}, ${one.cpuMs.toFixed(2)} ms of CPU time`,
    )
    print(
      `${store}: with ${count}: ${shown(other.latencies)}, ${other.cpuMs.toFixed(2)} ms of CPU time`,
    )
    figures.push(
      {
        what: `${store}: p50 of an edit to that with ${FEW}`,
        value: other.latencies.p50 / one.latencies.p50,
        atMost: 1.2,
      },
      {
        what: `${store}: CPU time of an edit to that with ${FEW}`,
        value: other.cpuMs / one.cpuMs,
        atMost: 1.2,
      },
    )
    for (const { name, latencies } of await measureLists(many, count)) {
      figures.push({ what: `${store}: ${name}, p50`, value: latencies.p50, unit: 'ms', atMost: 50 })
    }
    memory.many = many.residentMib
    print(
      `${store}: memory ${memory.few.toFixed(0)} MiB with ${FEW}, ${memory.many.toFixed(0)} MiB with ${count}`,
    )
  } finally {
    await few.remove()
    await many.remove()
    await databases?.remove()
  }
}

async function measureCreates(
  controlPlane: MeasuredControlPlane,
  numbers: { from: number; to: number },
): Promise<number> {
  const startedAt = performance.now()
  const cpuBefore = controlPlane.cpu
  const ids = await createLbs(controlPlane, numbers, Number(values.clients))
  const seconds = (performance.now() - startedAt) / 1000
  const cpuMs = (controlPlane.cpu - cpuBefore) / 1000 / ids.length
  print(
    `  ${ids.length} creates in ${seconds.toFixed(1)} s, ${cpuMs.toFixed(2)} ms of CPU time each`,
  )
  return ids.length / seconds
}

async function editsOf(controlPlanes: MeasuredControlPlane[]): Promise<Edits[]> {
  const edits: Edits[] = []
  for (const one of controlPlanes) {
    const [id] = await createLbs(one, { from: 0, to: 1 }, 1)
    edits.push(await Edits.of(one, id ?? ''))
  }
  return edits
}

/** In alternating order, because the machine gets faster or slower over time. */
async function inTurn(edits: Edits[]): Promise<void> {
  for (const one of edits) await one.make(WARM_UP, false)
  for (let round = 0; round < rounds; round += 1) {
    for (const one of round % 2 === 0 ? edits : edits.toReversed()) await one.make(BLOCK)
  }
}

async function firstLb(controlPlane: MeasuredControlPlane): Promise<{ id: string }> {
  const path = '/lb/v1/regions/fr-par/lbs?page_size=1'
  const { lbs } = await controlPlane.call<{ lbs: { id: string }[] }>('GET', path)
  return lbs[0] ?? { id: '' }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
