import { waitFor } from '../../lib/testing/wait.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { isRunning } from '../support/process-tree.ts'
import { OpenProbe, type Probed } from './open-probe.ts'
import type { Region, Stage } from './stage.ts'

export type FailoverKind = {
  what: string
  signal: 'SIGKILL' | 'SIGSTOP'
  /** The nodes of these regions, all of the same cluster letter. */
  regions: Region[]
  gapMsMax: number
}

export const FAILOVER_KINDS: FailoverKind[] = [
  { what: 'killed', signal: 'SIGKILL', regions: ['fr-par'], gapMsMax: 50 },
  { what: 'hung', signal: 'SIGSTOP', regions: ['fr-par'], gapMsMax: 500 },
  {
    what: 'all nodes of a cluster killed',
    signal: 'SIGKILL',
    regions: ['fr-par', 'nl-ams'],
    gapMsMax: 50,
  },
]

/** Between two new connections of a probe. Milliseconds. */
const PACE_MS = 2

/**
 * Promise 1: ends the active node over and over, whichever it is, while connections are opened, and counts what they
 * miss. A connection that the ended process had accepted is lost with it and counted apart.
 * @param roomMs for a machine that does other work
 */
export async function failovers(
  stage: Stage,
  { what, signal, regions, gapMsMax }: FailoverKind,
  { runs, roomMs }: { runs: number; roomMs: number },
): Promise<Figure[]> {
  const results: Probed[] = []
  for (let run = 0; run < runs; run += 1) {
    results.push(...(await failOver(stage, signal, regions)))
  }
  const gaps = results.map(({ gapMs }) => gapMs)
  const sum = (key: keyof Probed) => results.reduce((all, probed) => all + probed[key], 0)
  const name = (figure: string) => `${what}, ${runs} times: ${figure}`
  return [
    { what: name('requests answered'), value: sum('succeeded'), atLeast: runs },
    { what: name('refused'), value: sum('refused'), atMost: 0 },
    { what: name('answered 5xx'), value: sum('failed'), atMost: 0 },
    { what: name('without an answer'), value: sum('silent'), atMost: 0 },
    { what: name('lost with the process that had them'), value: sum('reset') },
    { what: name('gap, p50'), value: quantile(gaps, 0.5), unit: 'ms' },
    { what: name('gap, p99'), value: quantile(gaps, 0.99), unit: 'ms', atMost: gapMsMax + roomMs },
    { what: name('gap, most'), value: Math.max(...gaps), unit: 'ms' },
  ]
}

/** One failover of a node in each of the regions, and what a probe of each saw of it. */
async function failOver(stage: Stage, signal: NodeJS.Signals, regions: Region[]) {
  // All of one cluster letter, so that the other regions' active nodes have to be there first.
  const cluster = await stage.activeCluster(regions[0])
  const affected: Region[] = []
  for (const region of regions) {
    if ((await stage.activeCluster(region)) === cluster) affected.push(region)
  }
  const probes = affected.map((region) => new OpenProbe(stage.url(8000, region), PACE_MS))
  await waitFor('traffic', () => probes.every(({ succeeded }) => succeeded > 50))
  await Promise.all(probes.map((probe) => probe.take()))
  const pids = regions.flatMap((region) => stage.pidsOf(cluster, region))
  for (const pid of pids) process.kill(pid, signal)
  await waitFor('they have ended', () => pids.every((pid) => !isRunning(pid)))
  const before = probes.map(({ succeeded }) => succeeded)
  await waitFor('traffic goes on', () =>
    probes.every(({ succeeded }, index) => succeeded > (before[index] ?? 0) + 50),
  )
  const probed = await Promise.all(probes.map((probe) => probe.stop()))
  for (const region of regions) await stage.whole(region)
  return probed
}
