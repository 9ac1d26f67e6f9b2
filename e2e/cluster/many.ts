import type { SwitchoverResult } from '#lib/core/failover.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { LbHost } from '#lib/testing/cluster/cluster-lab.ts'
import type { Figures } from '#lib/testing/network/probes.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { HOST_FAULTS, measureFaultAt } from './faults.ts'
import { addressOf, createLb, smallLbOf } from './lb-of.ts'
import type { Stage } from './stage.ts'
import { gapFigures, type Totals } from './totals.ts'

const CREATED_AT_ONCE = 8
/** So many load balancers are added while clients measure: one after the other, and at once. */
const ADDED_SINGLY = 10
const ADDED = 100
const ADDING_MS = 5000
const KEPT = 3

/** Measures hosts with many load balancers: adding some, drains, and the loss of a host, at the first, a middle and the last address. */
export class ManyLbs {
  readonly #stage: Stage
  readonly #totals: Totals
  #count = 1
  #last = 0

  constructor(stage: Stage, totals: Totals) {
    this.#stage = stage
    this.#totals = totals
  }

  /** @param count how many load balancers there are to be */
  async measure(count: number, rounds: number): Promise<Figure[]> {
    const stage = this.#stage
    const missing = count - this.#count - ADDED_SINGLY - ADDED - 2
    await this.#create(Math.floor(missing / 2))
    const middle = addressOf(await createLb(stage.api, stage.lab, `middle-of-${count}`))
    await this.#create(Math.floor(missing / 2))
    const added = await this.#adding([stage.address, middle])
    const last = addressOf(await createLb(stage.api, stage.lab, `last-of-${count}`))
    this.#count = count
    const addresses = [stage.address, middle, last]
    await giveAllTo(stage, stage.first)
    const drained = await drains(stage, count, addresses, rounds)
    return [...added, ...drained, ...(await this.#deaths(addresses, rounds))]
  }

  async #adding(addresses: string[]): Promise<Figure[]> {
    const there = this.#last
    const singly = await this.#measureAdding(addresses, async () => {
      for (let at = 0; at < ADDED_SINGLY; at += 1) await this.#create(1)
    })
    // All of this machine's CPU time goes into it, so a limit of the gap would be one of the machine.
    const atOnce = await this.#measureAdding(addresses, () => this.#create(ADDED))
    const one = `adding one load balancer after the other to ${there}`
    const many = `adding ${ADDED} load balancers at once to ${there}`
    return [
      { what: `${one}, gap`, value: singly.gapMs, unit: 'ms', atMost: 50 },
      { what: `${one}, lost connections`, value: singly.lost, atMost: 0 },
      { what: `${many}, took`, value: atOnce.ms, unit: 'ms' },
      { what: `${many}, gap`, value: atOnce.gapMs, unit: 'ms' },
      { what: `${many}, lost connections`, value: atOnce.lost, atMost: 0 },
    ]
  }

  async #measureAdding(addresses: string[], add: () => Promise<void>) {
    let ms = 0
    const all = await this.#stage.lab.probes.measureAll(
      addresses,
      async () => {
        const startedAt = performance.now()
        await add()
        ms = performance.now() - startedAt
      },
      ADDING_MS,
    )
    const gapMs = Math.max(...all.map((one) => one.gapMs))
    return { ms, gapMs, lost: sumOf(all, ({ lost }) => lost) }
  }

  async #deaths(addresses: string[], rounds: number): Promise<Figure[]> {
    const stage = this.#stage
    const [death] = HOST_FAULTS
    if (!death) return []
    const all: Figures[] = []
    for (let round = 0; round < rounds; round += 1) {
      await giveAllTo(stage, stage.first)
      const figures = await measureFaultAt(stage, death, addresses)
      for (const one of figures) this.#totals.add(one)
      all.push(...figures)
    }
    const limits = { max: death.atMostMs, movesTraffic: true }
    return gapFigures(`host dies, with ${this.#count} load balancers`, all, limits)
  }

  /** Adds load balancers, all with the same servers. Resolves when they are ready. */
  async #create(count: number): Promise<void> {
    const { api, lab } = this.#stage
    const end = this.#last + count
    const ids: string[] = []
    const worker = async () => {
      while (this.#last < end) {
        this.#last += 1
        const request = smallLbOf(lab, `many-${this.#last}`)
        ids.push((await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', request)).id)
      }
    }
    await Promise.all(Array.from({ length: CREATED_AT_ONCE }, worker))
    for (const id of ids) await api.waitForStatus(id, 'ready')
  }
}

/** Drains one host and the other in turn, with connections in progress. */
async function drains(
  stage: Stage,
  count: number,
  addresses: string[],
  rounds: number,
): Promise<Figure[]> {
  const { probes } = stage.lab
  const measureMs = 2000
  const all: Figures[] = []
  const took: number[] = []
  let broken = 0
  for (let round = 0; round < 2 * rounds; round += 1) {
    const from = round % 2 === 0 ? stage.first : stage.second
    const kept = await probes.keepConnections(addresses, KEPT, measureMs + 500, async () => {
      const drained = async () => {
        const startedAt = performance.now()
        await drain(stage, from)
        took.push(performance.now() - startedAt)
      }
      all.push(...(await probes.measureAll(addresses, drained, measureMs)))
    })
    broken += kept.filter(({ problem }) => problem !== null).length
    await returnToService(stage, from)
  }
  const unmoved = all.filter(({ letters }) => !/^(12|21)$/.test(letters)).length
  const gaps = all.map(({ gapMs }) => gapMs)
  const what = `drain of ${count} load balancers`
  return [
    { what: `${what}, took at most`, value: Math.max(...took), unit: 'ms' },
    { what: `${what}, gap p50`, value: quantile(gaps, 0.5), unit: 'ms' },
    { what: `${what}, gap p99`, value: quantile(gaps, 0.99), unit: 'ms', atMost: 20 },
    { what: `${what}, lost connections`, value: sumOf(all, ({ lost }) => lost), atMost: 0 },
    { what: `${what}, ended connections in progress`, value: broken, atMost: 0 },
    { what: `${what}, addresses that did not move once`, value: unmoved, atMost: 0 },
  ]
}

/** Has a host own all load balancers, and the other one be ready to take over. */
async function giveAllTo(stage: Stage, host: LbHost): Promise<void> {
  const other = host === stage.first ? stage.second : stage.first
  for (const { name } of [host, other]) await stage.connected(name, true)
  let problem: string | null = null
  await waitFor(`${host.name} has all load balancers`, async () => {
    problem = (await orderDrain(stage, other)).problem
    return problem === null && (await stage.isActive(host.name))
  }).catch((error) => {
    throw new Error(`${(error as Error).message}: ${problem}`)
  })
  await returnToService(stage, other)
}

/** @throws Error if load balancers stay where they are */
async function drain(stage: Stage, host: LbHost): Promise<void> {
  const { problem } = await orderDrain(stage, host)
  if (problem !== null) throw new Error(problem)
}

function orderDrain(stage: Stage, { name }: LbHost): Promise<SwitchoverResult> {
  return stage.api.ok('POST', `/fairlead/v1/nodes/${name}/drain`)
}

async function returnToService(stage: Stage, { name }: LbHost): Promise<void> {
  await stage.api.ok('POST', `/fairlead/v1/nodes/${name}/undrain`)
}

function sumOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, one) => sum + value(one), 0)
}
