import { parseArgs } from 'node:util'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { type Figure, missed } from '../support/figures.ts'
import { busyCores, controlPlaneAway, hostsApart } from './conditions.ts'
import { HOST_FAULTS, type MeasuredFault, measureFault } from './faults.ts'
import { createLbs, drain, edits, lostWrites, switchovers } from './planned.ts'
import { Stage } from './stage.ts'
import { gapFigures, reportFigures, Totals } from './totals.ts'

// Measures several machines in network namespaces: npm run bench:cluster [-- --rounds 50 --lbs 1000 --busy-s 300 --only faults,drain]. Exits
// with 1 if a limit is missed.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    lbs: { type: 'string', default: '1000' },
    'busy-s': { type: 'string', default: '300' },
    only: { type: 'string' },
  },
})
const problem = whyNoNamespaces()
if (problem) {
  console.log(`Several machines can't be measured here: ${problem}.`)
  process.exit(1)
}

const [rounds, lbs, busyS] = [Number(values.rounds), Number(values.lbs), Number(values['busy-s'])]
/** What most faults have as the limit of their gap. Milliseconds. */
const COMMON_MAX_MS = 250
const HOST_DEATH_P50_MS = 150
const totals = new Totals()

async function faults(stage: Stage, number: number): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const fault of HOST_FAULTS) {
    const all: MeasuredFault[] = []
    for (let round = 0; round < number; round += 1) {
      const one = await measureFault(stage, fault)
      all.push(one)
      totals.add(one, fault.atMostMs === COMMON_MAX_MS)
    }
    const p50 = fault.what === 'host dies' ? { p50: HOST_DEATH_P50_MS } : {}
    figures.push(...gapFigures(fault.what, all, { max: fault.atMostMs, ...p50 }))
    figures.push(...reportFigures(fault.what, all))
  }
  return figures
}

async function many(stage: Stage): Promise<Figure[]> {
  await createLbs(stage, lbs)
  const [death] = HOST_FAULTS
  const drained = await drain(stage, lbs)
  if (!death) return drained
  const figures = await measureFault(stage, death)
  totals.add(figures)
  const what = `host dies, with ${lbs} load balancers`
  return [...drained, ...gapFigures(what, [figures], { max: COMMON_MAX_MS })]
}

/** In an order in which later ones are not slowed down by what earlier ones leave. */
const PARTS: Record<string, (stage: Stage) => Promise<Figure[]>> = {
  faults: (stage) => faults(stage, rounds),
  switchover: (stage) => switchovers(stage, rounds),
  edit: (stage) => edits(stage, 2 * rounds),
  apart: hostsApart,
  away: (stage) => controlPlaneAway(stage, totals),
  writes: async (stage) => {
    totals.lostWrites = await lostWrites(stage)
    return [{ what: 'lost writes', value: totals.lostWrites, atMost: 0 }]
  },
  busy: (stage) => busyCores(stage, busyS),
  many,
}

let misses = 0
{
  using stage = await Stage.set({ network: '10.99.32.0/19' })
  for (const [name, run] of Object.entries(PARTS)) {
    if (values.only && !values.only.split(',').includes(name)) continue
    console.log(`\n${name}`)
    misses += missed(await run(stage)).length
  }
}
console.log(misses === 0 ? '\nAll kept.' : `\n${misses} missed.`)
console.log(totals.line)
process.exit(misses === 0 ? 0 : 1)
