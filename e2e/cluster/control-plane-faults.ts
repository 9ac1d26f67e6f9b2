import type { ControlPlaneHost } from '#lib/testing/cluster/control-plane-host.ts'
import { UNHURRIED_PROBE_MS } from '#lib/testing/network/probes.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { type Figure, quantile } from '../support/figures.ts'
import type { Stage } from './stage.ts'
import type { Totals } from './totals.ts'
import { Writers } from './writers.ts'

/** How many clients write at once. */
export const WRITERS = 8
const CONTROL_PLANE = /^fairlead control-plane/
/** What hangs goes on after a new leader has begun. */
const MEASURE_MS = 3000

/** What can happen to one of several control planes. */
type ControlPlaneFault = {
  what: string
  strike(one: ControlPlaneHost): void
  repair(one: ControlPlaneHost): Promise<void>
  /** When another one leads, if it was the leader. Milliseconds. */
  leadsAtMostMs: number
}

const FAULTS: readonly ControlPlaneFault[] = [
  {
    what: 'control plane is killed',
    strike: ({ host }) => host.kill(),
    repair: (one) => one.start(),
    leadsAtMostMs: 1000,
  },
  {
    // PostgreSQL notices only that it is silent.
    what: "control plane's machine dies",
    strike: ({ host }) => host.die(),
    async repair(one) {
      one.host.boot()
      await one.start()
    },
    leadsAtMostMs: 3000,
  },
  {
    what: 'control plane hangs',
    strike: ({ host }) => host.freeze(),
    async repair({ host }) {
      host.thaw()
    },
    leadsAtMostMs: 3000,
  },
]

/** Has faults strike the leader and another control plane, while clients write at the rest. */
export async function controlPlaneFaults(
  stage: Stage,
  totals: Totals,
  rounds: number,
): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const fault of FAULTS) {
    const ofLeader = await each(rounds, () => strikeLeader(stage, totals, fault))
    const ofOther = await each(rounds, () => strikeOther(stage, totals, fault))
    const leads = ofLeader.map(({ leadsMs }) => leadsMs)
    figures.push(
      { what: `${fault.what}, another leads after p50`, value: quantile(leads, 0.5), unit: 'ms' },
      {
        what: `${fault.what}, another leads after at most`,
        value: Math.max(...leads),
        unit: 'ms',
        atMost: fault.leadsAtMostMs,
      },
      ...unaffected(`${fault.what}, the leader`, ofLeader),
      ...unaffected(`${fault.what}, not the leader`, ofOther),
    )
  }
  return figures
}

/** All control planes die at once, under writers. */
export async function allControlPlanesDie(
  stage: Stage,
  totals: Totals,
  rounds: number,
): Promise<Figure[]> {
  const { controlPlanes } = stage.lab
  const all = await each(rounds, () =>
    underWriters(stage, totals, controlPlanes, async (writers) => {
      for (const one of controlPlanes) one.host.die()
      for (const one of controlPlanes) one.host.boot()
      await Promise.all(controlPlanes.map((one) => one.start()))
      const startedAt = performance.now()
      await writers.acknowledgedAfter(startedAt)
      await appliedSince(stage)
      return performance.now() - startedAt
    }),
  )
  const converged = Math.max(...all.map(({ result }) => result))
  const lost = all.reduce((sum, one) => sum + one.lostConnections, 0)
  return [
    { what: 'all control planes die, lost connections', value: lost, atMost: 0 },
    {
      what: 'all control planes die, converged after their start',
      value: converged,
      unit: 'ms',
      atMost: 2000,
    },
  ]
}

/** Kills the process of one control plane after the other, while clients write at all of them. */
export async function controlPlaneKills(
  stage: Stage,
  totals: Totals,
  kills: number,
): Promise<Figure[]> {
  const { controlPlanes } = stage.lab
  const killed = new Map<ControlPlaneHost, number>()
  const kill = async (one: ControlPlaneHost) => {
    const pid = await waitFor('a control plane to kill', () =>
      one.host.pids(CONTROL_PLANE).find((found) => found !== killed.get(one)),
    )
    process.kill(pid, 'SIGKILL')
    killed.set(one, pid)
  }
  const measured = await underWriters(stage, totals, controlPlanes, async (writers) => {
    const { length } = writers.acknowledged
    for (let count = 0; count < kills; count += 1) {
      await kill(controlPlanes[count % controlPlanes.length] as ControlPlaneHost)
      // In the middle of writes, so that each kill can lose one.
      await writers.acknowledgedAfter(performance.now())
    }
    return writers.acknowledged.length - length
  })
  const what = `${kills} times SIGKILL`
  return [
    { what: `${what}, acknowledged writes meanwhile`, value: measured.result, atLeast: kills },
    { what: `${what}, lost writes`, value: measured.lostWrites, atMost: 0 },
  ]
}

/** Waits until both nodes have applied the present generation, or a later one: writers go on. */
async function appliedSince({ api, lb }: Stage): Promise<void> {
  const { generation } = await api.observed(lb.id)
  await waitFor('the generation on both nodes', async () => {
    const { instances } = await api.observed(lb.id)
    return instances.every((one) => (one.applied_generation ?? 0) >= generation)
  })
}

/** The control plane that does what must happen once. */
export async function leaderOf({ lab }: Stage): Promise<ControlPlaneHost | undefined> {
  const [row] = await lab.database.primary.query('select holder from leadership')
  const [name] = String(row?.holder).split('/')
  return lab.controlPlanes.find((one) => one.name === name)
}

/** What happened while clients wrote, and what clients of the load balancer saw. */
export type UnderWriters<Result> = {
  result: Result
  lostConnections: number
  lostWrites: number
  longestMs: number
  refusals: Writers['refusals']
}

/** Does something while clients write at some control planes, and checks afterwards that all acknowledged writes are stored. */
export async function underWriters<Result>(
  stage: Stage,
  totals: Totals,
  controlPlanes: readonly ControlPlaneHost[],
  act: (writers: Writers) => Promise<Result>,
): Promise<UnderWriters<Result>> {
  const { lab, lb } = stage
  const writers = new Writers(controlPlanes, lb.id, Math.ceil(WRITERS / controlPlanes.length))
  let result: Result | undefined
  const whole = async () => {
    await waitFor('some writes', () => writers.acknowledged.length > 2 * WRITERS)
    result = await act(writers)
  }
  const { lost } = await lab.probes
    .measure(stage.address, whole, MEASURE_MS, UNHURRIED_PROBE_MS)
    .finally(() => writers.stop())
  const lostWrites = (await writers.lostIn(lab.database)).length
  totals.lostWrites += lostWrites
  const { longestMs, refusals } = writers
  return { result: result as Result, lostConnections: lost, lostWrites, longestMs, refusals }
}

async function strikeLeader(stage: Stage, totals: Totals, fault: ControlPlaneFault) {
  const struck = await waitFor('a leader', () => leaderOf(stage))
  const measured = await underWriters(stage, totals, others(stage, struck), async () => {
    const startedAt = performance.now()
    fault.strike(struck)
    await waitFor('another leader', async () => (await leaderOf(stage)) !== struck)
    return performance.now() - startedAt
  })
  await fault.repair(struck)
  return { ...measured, leadsMs: measured.result }
}

async function strikeOther(stage: Stage, totals: Totals, fault: ControlPlaneFault) {
  const leader = await waitFor('a leader', () => leaderOf(stage))
  const [struck] = others(stage, leader) as [ControlPlaneHost]
  const measured = await underWriters(stage, totals, others(stage, struck), async (writers) => {
    fault.strike(struck)
    await writers.acknowledgedAfter(performance.now())
  })
  await fault.repair(struck)
  return measured
}

function others({ lab }: Stage, one: ControlPlaneHost): ControlPlaneHost[] {
  return lab.controlPlanes.filter((other) => other !== one)
}

function unaffected(what: string, all: UnderWriters<unknown>[]): Figure[] {
  const lost = all.reduce((sum, one) => sum + one.lostConnections, 0)
  const refused = all.filter(({ refusals }) => refusals.size > 0).length
  const longest = Math.max(...all.map(({ longestMs }) => longestMs))
  return [
    { what: `${what}, lost connections`, value: lost, atMost: 0 },
    { what: `${what}, others refuse writes`, value: refused, unit: 'times', atMost: 0 },
    { what: `${what}, longest answer of others`, value: longest, unit: 'ms', atMost: 5000 },
  ]
}

export async function each<Result>(rounds: number, measure: () => Promise<Result>) {
  const all: Result[] = []
  while (all.length < rounds) all.push(await measure())
  return all
}
