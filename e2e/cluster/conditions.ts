import { outlast, waitFor } from '#lib/testing/wait.ts'
import { keepProcessorsBusy } from '../support/busy-processors.ts'
import type { Figure } from '../support/figures.ts'
import type { Stage } from './stage.ts'
import type { Totals } from './totals.ts'

const APART_MS = 6000
const WAIT_MS = 10_000

/** Keeps both cores busy for a while, and counts the takeovers that nothing but that caused. */
export async function busyCores(stage: Stage, seconds: number): Promise<Figure[]> {
  await stage.giveTo(stage.first)
  const before = await stage.failoverCount()
  const stop = keepProcessorsBusy()
  try {
    await outlast(seconds * 1000)
  } finally {
    stop()
  }
  const after = await stage.failoverCount()
  const what = `false takeovers in ${seconds} s with all cores busy`
  return [{ what, value: after - before, atMost: 0 }]
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
export async function controlPlaneAway(stage: Stage, totals: Totals): Promise<Figure[]> {
  const { lab, first } = stage
  await stage.giveTo(first)
  const before = await stage.lastFailover()
  lab.controlPlane.die()
  const figures = await lab.probes.measure(stage.address, async () => first.host.die())
  totals.add(figures)
  lab.controlPlane.boot()
  await lab.startControlPlane()
  const startedAt = performance.now()
  await stage.failoverAfter(before)
  const convergedMs = performance.now() - startedAt
  first.host.boot()
  await lab.startHost(first)
  return [
    {
      what: 'host dies, control plane away, gap',
      value: figures.gapMs,
      unit: 'ms',
      atMost: 250,
    },
    { what: 'control plane is back, converged', value: convergedMs, unit: 'ms', atMost: 2000 },
  ]
}
