import { parseArgs } from 'node:util'
import type { LabOptions } from '#lib/testing/cluster/cluster-lab.ts'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { type Figure, missed } from '../support/figures.ts'
import { busyCores, controlPlaneAway, hostAlone, splits } from './conditions.ts'
import {
  allControlPlanesDie,
  controlPlaneFaults,
  controlPlaneKills,
} from './control-plane-faults.ts'
import { databaseAway, promotions } from './database-faults.ts'
import { HOST_FAULTS, type MeasuredFault, measureFault } from './faults.ts'
import { ManyLbs } from './many.ts'
import { edits, lostWrites, switchovers } from './planned.ts'
import { Stage } from './stage.ts'
import { gapFigures, reportFigures, Totals } from './totals.ts'

// Measures several machines in network namespaces:
// npm run bench:cluster [-- --rounds 50 --lbs 1000,5000 --busy-s 300 --away-s 300 --kills 1000 --only faults,many].
// Exits with 1 if a limit is missed.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    lbs: { type: 'string', default: '1000,5000' },
    'busy-s': { type: 'string', default: '300' },
    'away-s': { type: 'string', default: '300' },
    kills: { type: 'string', default: '1000' },
    only: { type: 'string' },
  },
})
const problem = whyNoNamespaces() ?? missingPrograms('postgres')
if (problem) {
  console.log(`Several machines can't be measured here: ${problem}.`)
  process.exit(1)
}

const [rounds, busyS] = [Number(values.rounds), Number(values['busy-s'])]
const [awayS, kills] = [Number(values['away-s']), Number(values.kills)]
/** The other faults than a host's death strike less often: altogether there are 200. */
const otherRounds = Math.ceil(0.6 * rounds)
/** What takes long. */
const fewRounds = Math.ceil(rounds / 10)
/** What most faults have as the limit of their gap. Milliseconds. */
const COMMON_MAX_MS = 250
const HOST_DEATH_P50_MS = 150
const totals = new Totals()

async function faults(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const fault of HOST_FAULTS) {
    const isDeath = fault.what === 'host dies'
    const all: MeasuredFault[] = []
    while (all.length < (isDeath ? rounds : otherRounds)) {
      const one = await measureFault(stage, fault)
      all.push(one)
      totals.add(one, fault.atMostMs === COMMON_MAX_MS)
    }
    const limits = { max: fault.atMostMs, movesTraffic: fault.reason !== null }
    const p50 = isDeath ? { p50: HOST_DEATH_P50_MS } : {}
    figures.push(...gapFigures(fault.what, all, { ...limits, ...p50 }))
    figures.push(...reportFigures(fault.what, all))
  }
  return figures
}

async function writes(stage: Stage): Promise<Figure[]> {
  for (let round = 0; round < fewRounds; round += 1) totals.lostWrites += await lostWrites(stage)
  return [{ what: 'lost writes', value: totals.lostWrites, atMost: 0 }]
}

async function many(stage: Stage): Promise<Figure[]> {
  const lbs = new ManyLbs(stage, totals)
  const figures: Figure[] = []
  for (const count of values.lbs.split(',').map(Number)) {
    figures.push(...(await lbs.measure(count, fewRounds)))
  }
  return figures
}

type Parts = Record<string, (stage: Stage) => Promise<Figure[]>>

/** In an order in which later ones are not slowed down by what earlier ones leave. */
const PARTS: Parts = {
  faults,
  switchover: (stage) => switchovers(stage, rounds),
  edit: (stage) => edits(stage, 2 * rounds),
  apart: splits,
  away: (stage) => controlPlaneAway(stage, totals, fewRounds),
  alone: hostAlone,
  writes,
  busy: (stage) => busyCores(stage, busyS),
  many,
}

/** With three control planes on PostgreSQL and a synchronous standby. */
const POSTGRES_PARTS: Parts = {
  'shared-edit': (stage) => edits(stage, 2 * rounds),
  'control-planes': (stage) => controlPlaneFaults(stage, totals, fewRounds),
  'all-control-planes': (stage) => allControlPlanesDie(stage, totals, fewRounds),
  promotions: (stage) => promotions(stage, totals, { killed: rounds, other: fewRounds }),
  'database-away': (stage) => databaseAway(stage, totals, awayS),
  kills: (stage) => controlPlaneKills(stage, totals, kills),
}

let misses = 0

/** Measures those of the parts that were asked for. */
async function measure(parts: Parts, options: Partial<LabOptions>): Promise<void> {
  const only = values.only?.split(',') ?? Object.keys(parts)
  const asked = Object.entries(parts).filter(([name]) => only.includes(name))
  if (asked.length === 0) return
  using stage = await Stage.set(options)
  for (const [name, run] of asked) {
    console.log(`\n${name}`)
    misses += missed(await run(stage)).length
  }
}

const startedAt = performance.now()
await measure(PARTS, { network: '10.99.32.0/19' })
await measure(POSTGRES_PARTS, { controlPlanes: 3, database: 'postgres', standby: true })
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)
console.log(`\n${minutes} min. ${misses === 0 ? 'All kept.' : `${misses} missed.`}`)
console.log(totals.line)
process.exit(misses === 0 ? 0 : 1)
