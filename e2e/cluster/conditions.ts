import type { Figures } from '#lib/testing/network/probes.ts'
import { outlast, waitFor } from '#lib/testing/wait.ts'
import { keepProcessorsBusy } from '../support/busy-processors.ts'
import { type Figure, quantile } from '../support/figures.ts'
import type { Stage } from './stage.ts'
import { gapFigures, REPORT_OFF_P50_MS, type Totals } from './totals.ts'

const APART_MS = 6000
const WAIT_MS = 10_000
const HEAL_MS = 3000
/** Both hosts answer until one stands down, so clients notice little more than a busy machine. Milliseconds. */
const SPLIT_GAP_MAX_MS = 250
/** Connections that begin while a host falls silent. */
const SPLIT_LOST_MAX = 2

/** Keeps both cores busy for a while, and counts the takeovers that nothing but that caused. */
export async function busyCores(stage: Stage, seconds: number): Promise<Figure[]> {
  await stage.giveTo(stage.first)
  const before = await stage.lastFailover()
  const stop = keepProcessorsBusy()
  try {
    await outlast(seconds * 1000)
  } finally {
    stop()
  }
  const value = await stage.failoversSince(before)
  return [{ what: `false takeovers in ${seconds} s with all cores busy`, value, atMost: 0 }]
}

/** Adverts get lost, while clients reach both hosts. */
type Split = {
  what: string
  lose(stage: Stage): void
  /** How soon the control plane says it, and has one host stand down; null if it doesn't see it. Milliseconds. */
  saidAtMostMs: number | null
  /** How long both hosts may answer. Milliseconds. */
  bothAtMostMs: number
}

export const SPLITS: readonly Split[] = [
  {
    what: 'hosts apart',
    lose: ({ lab }) => lab.bridge.dropVrrp(),
    saidAtMostMs: 1000,
    bothAtMostMs: 2000,
  },
  {
    what: "the owner's adverts get lost",
    lose: ({ lab, first }) => lab.bridge.dropVrrp(first.host.machine),
    saidAtMostMs: 4000,
    bothAtMostMs: 4000,
  },
  {
    what: "the backup's adverts get lost",
    lose: ({ lab, second }) => lab.bridge.dropVrrp(second.host.machine),
    saidAtMostMs: null,
    bothAtMostMs: 100,
  },
  {
    what: 'hosts apart, and the control plane reaches only the owner',
    lose: ({ lab, second }) => {
      lab.bridge.dropVrrp()
      lab.bridge.dropPackets(second.host.machine, lab.controlPlane.machine)
      lab.bridge.dropPackets(lab.controlPlane.machine, second.host.machine)
    },
    saidAtMostMs: null,
    bothAtMostMs: APART_MS,
  },
]

/** What clients see while adverts get lost, and when they get through again. */
export type MeasuredSplit = { split: Figures; saidMs: number | null; healed: Figures }

export async function measureSplit(stage: Stage, split: Split): Promise<MeasuredSplit> {
  await stage.giveTo(stage.first)
  const { bridge, probes } = stage.lab
  let saidMs: number | null = null
  const during = await probes.measure(
    stage.address,
    async () => {
      split.lose(stage)
      if (split.saidAtMostMs !== null) saidMs = await untilProblem(stage)
    },
    APART_MS,
  )
  const healed = await probes.measure(
    stage.address,
    async () => {
      bridge.passAll()
      await waitFor('the hosts have met again', async () => {
        const { problems, instances } = await stage.api.observed(stage.lb.id)
        return problems.length === 0 && instances.filter(({ active }) => active).length === 1
      })
    },
    HEAL_MS,
  )
  return { split: during, saidMs, healed }
}

export async function splits(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const one of SPLITS) {
    const { split, saidMs, healed } = await measureSplit(stage, one)
    const { what } = one
    if (saidMs !== null && one.saidAtMostMs !== null) {
      const atMost = one.saidAtMostMs
      figures.push({ what: `${what}, said after`, value: saidMs, unit: 'ms', atMost })
    }
    figures.push(
      { what: `${what}, gap`, value: split.gapMs, unit: 'ms', atMost: SPLIT_GAP_MAX_MS },
      { what: `${what}, lost connections`, value: split.lost, atMost: SPLIT_LOST_MAX },
      {
        what: `${what}, both answering`,
        value: split.bothMs,
        unit: 'ms',
        atMost: one.bothAtMostMs,
      },
      { what: `${what}, healing, gap`, value: healed.gapMs, unit: 'ms', atMost: SPLIT_GAP_MAX_MS },
      { what: `${what}, healing, lost connections`, value: healed.lost, atMost: SPLIT_LOST_MAX },
    )
  }
  return figures
}

async function untilProblem(stage: Stage): Promise<number> {
  const startedAt = performance.now()
  const read = async () => (await stage.api.observed(stage.lb.id)).problems.length > 0
  await waitFor('a problem', read, WAIT_MS).catch(() => {})
  return performance.now() - startedAt
}

/** The control plane has lost power, and then the host that owns the HA IP does. */
export async function controlPlaneAway(
  stage: Stage,
  totals: Totals,
  rounds: number,
): Promise<Figure[]> {
  const { lab, first } = stage
  const all: Figures[] = []
  const converged: number[] = []
  const off: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await stage.giveTo(first)
    const before = await stage.lastFailover()
    lab.controlPlane.die()
    const figures = await lab.probes.measure(stage.address, async () => first.host.die())
    all.push(figures)
    totals.add(figures)
    lab.controlPlane.boot()
    await lab.startControlPlane()
    const startedAt = performance.now()
    const { gap_ms } = await stage.failoverAfter(before)
    off.push(Math.abs(gap_ms - figures.gapMs))
    converged.push(performance.now() - startedAt)
    first.host.boot()
    await lab.startHost(first)
  }
  const value = Math.max(...converged)
  return [
    ...gapFigures('host dies, control plane away', all, { max: 250, movesTraffic: true }),
    {
      what: 'host dies, control plane away, reported is off by p50',
      value: quantile(off, 0.5),
      unit: 'ms',
      atMost: REPORT_OFF_P50_MS,
    },
    { what: 'control plane is back, converged within', value, unit: 'ms', atMost: 2000 },
  ]
}

/** A host boots while the control plane and the other host have no power. */
export async function hostAlone(stage: Stage): Promise<Figure[]> {
  const { lab, first, second } = stage
  lab.controlPlane.die()
  for (const { host } of [first, second]) host.die()
  second.host.boot()
  const startedAt = performance.now()
  await lab.startHost(second)
  const letter = await stage.answering()
  const ms = performance.now() - startedAt
  lab.controlPlane.boot()
  first.host.boot()
  await Promise.all([lab.startControlPlane(), lab.startHost(first)])
  await stage.giveTo(first)
  return [
    { what: 'host restarts with all else away, serves after', value: ms, unit: 'ms' },
    {
      what: 'host restarts with all else away, others answer',
      value: letter === second.letter ? 0 : 1,
      atMost: 0,
    },
  ]
}
