import type { Lb } from '#lib/core/lb.ts'
import type { Figures } from '#lib/testing/network/probes.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { type Figure, quantile } from '../support/figures.ts'
import type { Stage } from './stage.ts'

const KEPT = 20

/** Switches one load balancer over to the other host and back, with connections in progress. */
export async function switchovers(stage: Stage, rounds: number): Promise<Figure[]> {
  const { probes } = stage.lab
  const all: Figures[] = []
  let broken = 0
  let unmoved = 0
  for (let round = 0; round < rounds; round += 1) {
    const [from, to] = round % 2 === 0 ? [stage.first, stage.second] : [stage.second, stage.first]
    await stage.giveTo(from)
    const kept = await probes.keepConnections(stage.address, KEPT, 1500, async () => {
      const figures = await probes.measure(stage.address, () => stage.giveTo(to), 1200)
      all.push(figures)
      if (figures.letters !== from.letter + to.letter) unmoved += 1
    })
    broken += kept.filter(({ problem }) => problem !== null).length
  }
  const gaps = all.map(({ gapMs }) => gapMs)
  const lost = all.reduce((sum, one) => sum + one.lost, 0)
  return [
    { what: 'planned switchover, gap p50', value: quantile(gaps, 0.5), unit: 'ms' },
    { what: 'planned switchover, gap p99', value: quantile(gaps, 0.99), unit: 'ms', atMost: 20 },
    { what: 'planned switchover, lost connections', value: lost, atMost: 0 },
    { what: 'planned switchover, ended connections in progress', value: broken, atMost: 0 },
    { what: 'planned switchover, not once to the other host', value: unmoved, atMost: 0 },
  ]
}

/** From the request to change a load balancer until each host has applied it. */
export async function edits(stage: Stage, rounds: number): Promise<Figure[]> {
  const { id } = stage.lb
  const applied: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const { frontends } = await stage.api.children(id)
    const [frontend] = frontends
    await stage.api.ok('PUT', `/lb/v1/regions/fr-par/frontends/${frontend?.id}`, {
      ...frontend,
      backend_id: frontend?.backend.id,
      timeout_client: 10_000 + round,
    })
    const { generation } = await stage.api.waitForApplied(id)
    const { instances } = await waitFor('reports of the generation', async () => {
      const observed = await stage.api.observed(id)
      const isCurrent = observed.instances.every((one) => one.applied_generation === generation)
      return isCurrent && observed
    })
    applied.push(Math.max(...instances.map((one) => one.applied_after_ms ?? Number.NaN)))
  }
  return [
    { what: 'edit, effective on both hosts, p50', value: quantile(applied, 0.5), unit: 'ms' },
    {
      what: 'edit, effective on both hosts, p99',
      value: quantile(applied, 0.99),
      unit: 'ms',
      atMost: 100,
    },
  ]
}

/** Writes until the control plane is killed. @returns how many acknowledged writes are not there afterwards */
export async function lostWrites(stage: Stage): Promise<number> {
  const { lab, api } = stage
  const path = `/lb/v1/regions/fr-par/lbs/${stage.lb.id}`
  let acknowledged = 0
  const write = async () => {
    for (;;) {
      await api.ok<Lb>('PUT', path, { name: 'site', description: String(acknowledged + 1) })
      acknowledged += 1
    }
  }
  const failed = write().catch(() => {})
  await waitFor('some writes', () => acknowledged > 20)
  lab.controlPlane.die()
  await failed
  lab.controlPlane.boot()
  await lab.startControlPlane()
  const kept = Number((await api.lb(stage.lb.id)).description)
  return Math.max(0, acknowledged - kept)
}
