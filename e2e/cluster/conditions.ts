import type { Figures } from '#lib/testing/network/probes.ts'
import { outlast, waitFor } from '#lib/testing/wait.ts'
import { keepProcessorsBusy } from '../support/busy-processors.ts'
import type { Figure } from '../support/figures.ts'
import type { Stage } from './stage.ts'
import { gapFigures, type Totals } from './totals.ts'

const APART_MS = 6000
const WAIT_MS = 10_000

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

/** The hosts don't hear each other, while clients and the control plane reach both. */
export async function hostsApart(stage: Stage): Promise<Figure[]> {
  await stage.giveTo(stage.first)
  const { bridge, probes } = stage.lab
  let saidMs = Number.NaN
  const figures = await probes.measure(
    stage.address,
    async () => {
      bridge.dropVrrp()
      saidMs = await untilProblem(stage)
    },
    APART_MS,
  )
  bridge.passVrrp()
  await waitFor('the hosts have met again', async () => {
    const { problems, instances } = await stage.api.observed(stage.lb.id)
    return problems.length === 0 && instances.filter(({ active }) => active).length === 1
  })
  return [
    { what: 'hosts apart, said after', value: saidMs, unit: 'ms', atMost: 1000 },
    { what: 'hosts apart, gap', value: figures.gapMs, unit: 'ms', atMost: 2000 },
    { what: 'hosts apart, lost connections', value: figures.lost },
    { what: 'hosts apart, both answering', value: figures.bothMs, unit: 'ms', atMost: 2000 },
  ]
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
    await stage.failoverAfter(before)
    converged.push(performance.now() - startedAt)
    first.host.boot()
    await lab.startHost(first)
  }
  const value = Math.max(...converged)
  return [
    ...gapFigures('host dies, control plane away', all, { max: 250, movesTraffic: true }),
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
