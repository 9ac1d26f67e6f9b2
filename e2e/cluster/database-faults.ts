import type { DatabaseMachine } from '#lib/testing/cluster/database-machine.ts'
import { outlast, waitFor } from '#lib/testing/wait.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { each, type UnderWriters, underWriters } from './control-plane-faults.ts'
import type { Stage } from './stage.ts'
import { gapFigures, type Totals } from './totals.ts'

/** What can happen to the primary before its standby is promoted. */
type PrimaryFault = { what: string; strike(primary: DatabaseMachine): void }

const FAULTS: readonly [PrimaryFault, ...PrimaryFault[]] = [
  { what: 'primary is killed', strike: (primary) => primary.kill() },
  { what: 'primary hangs', strike: (primary) => primary.freeze() },
  { what: "primary's network is cut", strike: (primary) => primary.cut() },
]
const DATABASE_LOST = 503

/** The primary fails under writers, and its synchronous standby is promoted. Being killed strikes most often. */
export async function promotions(
  stage: Stage,
  totals: Totals,
  { killed, other }: { killed: number; other: number },
): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const fault of FAULTS) {
    const rounds = fault === FAULTS[0] ? killed : other
    figures.push(
      ...promotionFigures(fault.what, await each(rounds, () => promotion(stage, totals, fault))),
    )
  }
  return figures
}

/** @returns how long after the promotion the first write was acknowledged. Milliseconds. */
async function promotion(
  stage: Stage,
  totals: Totals,
  { strike }: PrimaryFault,
): Promise<UnderWriters<number>> {
  const { database, controlPlanes } = stage.lab
  const measured = await underWriters(stage, totals, controlPlanes, async (writers) => {
    strike(database.primary)
    await waitFor('refused writes', () => writers.refusals.size > 0)
    await database.promoteStandby()
    const promotedAt = performance.now()
    return (await writers.acknowledgedAfter(promotedAt)) - promotedAt
  })
  await database.addStandby()
  return measured
}

function promotionFigures(what: string, all: UnderWriters<number>[]): Figure[] {
  const writable = all.map(({ result }) => result)
  const sum = (count: (one: UnderWriters<number>) => number) =>
    all.reduce((total, one) => total + count(one), 0)
  return [
    {
      what: `${what}, writable after the promotion p50`,
      value: quantile(writable, 0.5),
      unit: 'ms',
    },
    {
      what: `${what}, writable after the promotion, max of ${all.length}`,
      value: Math.max(...writable),
      unit: 'ms',
      atMost: 2000,
    },
    {
      what: `${what}, longest answer`,
      value: Math.max(...all.map(({ longestMs }) => longestMs)),
      unit: 'ms',
      atMost: 5000,
    },
    { what: `${what}, answers without words`, value: sum(wordless), atMost: 0 },
    { what: `${what}, lost writes`, value: sum(({ lostWrites }) => lostWrites), atMost: 0 },
    {
      what: `${what}, lost connections`,
      value: sum(({ lostConnections }) => lostConnections),
      atMost: 0,
    },
  ]
}

/** The kinds of refusals that don't say that the database is lost. */
function wordless({ refusals }: UnderWriters<unknown>): number {
  return [...refusals].filter(([status, messages]) => status !== DATABASE_LOST || messages.has(''))
    .length
}

/** PostgreSQL is away while a host dies and boots again. */
export async function databaseAway(
  stage: Stage,
  totals: Totals,
  seconds: number,
): Promise<Figure[]> {
  const { lab, first, second } = stage
  const { database } = lab
  await stage.giveTo(first)
  const before = await stage.lastFailover()
  database.standby.kill()
  database.primary.kill()
  const startedAt = performance.now()
  const died = await lab.probes.measure(stage.address, async () => first.host.die())
  totals.add(died)
  first.host.boot()
  await lab.startHost(first)
  await outlast(seconds * 1000 - (performance.now() - startedAt))
  const letter = await stage.answering()
  await database.primary.start()
  const backAt = performance.now()
  await database.standby.start()
  await waitFor('the failover in the history', async () => {
    const last = await stage.lastFailover().catch(() => before)
    return last !== before
  })
  await stage.connected(first.name, true)
  await stage.api.waitForApplied(stage.lb.id)
  const converged = performance.now() - backAt
  const what = `PostgreSQL away for ${seconds} s`
  return [
    ...gapFigures(`${what}, host dies`, [died], { max: 250, movesTraffic: true }),
    { what: `${what}, others answer`, value: letter === second.letter ? 0 : 1, atMost: 0 },
    { what: `${what}, converged after its return`, value: converged, unit: 'ms', atMost: 2000 },
  ]
}
