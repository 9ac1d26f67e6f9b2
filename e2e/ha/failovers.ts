import type { FailoverList } from '#lib/core/failover.ts'
import { waitFor } from '../../lib/testing/wait.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { isRunning } from '../support/process-tree.ts'
import { OpenProbe, type Probed } from './open-probe.ts'
import type { Region, Stage } from './stage.ts'

export type FailoverKind = {
  what: string
  signal: 'SIGKILL' | 'SIGSTOP'
  /** The nodes of these regions, all of the same cluster. */
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

/** The interval of a probe's new connections. Milliseconds. */
const PACE_MS = 2
/** How much shorter than the clients' gap a reported interruption may be: the gap includes the interval and one response. Milliseconds. */
const TOO_SHORT_MS_MAX = 50
/** How much longer it may be: a heartbeat interval and the delivery of a message. Milliseconds. */
const TOO_LONG_MS_MAX = 100

/**
 * Promise 1: ends the active node repeatedly while clients open connections, and counts the failed ones. Connections that the ended
 * process had accepted are lost with it and counted separately.
 * @param roomMs the tolerance for a busy machine
 */
export async function failovers(
  stage: Stage,
  { what, signal, regions, gapMsMax }: FailoverKind,
  { runs, roomMs }: { runs: number; roomMs: number },
): Promise<Figure[]> {
  const results: Result[] = []
  for (let run = 0; run < runs; run += 1) {
    results.push(...(await failOver(stage, signal, regions)))
  }
  const gaps = results.map(({ gapMs }) => gapMs)
  const reported = results.map(({ reportedMs }) => reportedMs)
  const shorter = results.map(({ gapMs, reportedMs }) => gapMs - reportedMs)
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
    { what: name('reported interruption, p50'), value: quantile(reported, 0.5), unit: 'ms' },
    {
      what: name('gap less reported interruption, p50'),
      value: quantile(shorter, 0.5),
      unit: 'ms',
    },
    {
      what: name('reported interruption too short, most'),
      value: Math.max(...shorter),
      unit: 'ms',
      atMost: TOO_SHORT_MS_MAX + roomMs,
    },
    {
      what: name('reported interruption too long, most'),
      value: -Math.min(...shorter),
      unit: 'ms',
      atMost: TOO_LONG_MS_MAX + roomMs,
    },
  ]
}

/** What a probe saw of a failover, and the reported interruption. */
type Result = Probed & { reportedMs: number }

/** One failover of a node in each of the regions. */
async function failOver(
  stage: Stage,
  signal: NodeJS.Signals,
  regions: Region[],
): Promise<Result[]> {
  // All nodes are on one cluster, so the active nodes of the other regions have to be ready first.
  const cluster = await stage.activeCluster(regions[0])
  const affected: Region[] = []
  for (const region of regions) {
    if ((await stage.activeCluster(region)) === cluster) affected.push(region)
  }
  const probes = affected.map((region) => new OpenProbe(stage.url(8000, region), PACE_MS))
  await waitFor('traffic', () => probes.every(({ succeeded }) => succeeded > 50))
  await Promise.all(probes.map((probe) => probe.take()))
  const before = await Promise.all(affected.map((region) => failoversOf(stage, region)))
  const pids = regions.flatMap((region) => stage.pidsOf(cluster, region))
  for (const pid of pids) process.kill(pid, signal)
  await waitFor('they have ended', () => pids.every((pid) => !isRunning(pid)))
  const succeeded = probes.map((probe) => probe.succeeded)
  await waitFor('traffic goes on', () =>
    probes.every((probe, index) => probe.succeeded > (succeeded[index] ?? 0) + 50),
  )
  const probed = await Promise.all(probes.map((probe) => probe.stop()))
  const reported = await Promise.all(
    affected.map((region, index) =>
      waitFor('the failover is reported', async () => {
        const { total_count, failovers } = await failoversOf(stage, region)
        return total_count > (before[index]?.total_count ?? 0) && failovers[0]
      }),
    ),
  )
  for (const region of regions) await stage.whole(region)
  return probed.map((one, index) => ({ ...one, reportedMs: reported[index]?.gap_ms ?? Number.NaN }))
}

function failoversOf({ api, lbs }: Stage, region: Region): Promise<FailoverList> {
  return api.ok('GET', `/fairlead/v1/lbs/${lbs[region].id}/failovers?page_size=1`)
}
