import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { backendInput } from '#lib/testing/control-plane/running-control-plane.ts'
import { type Latencies, latenciesOf } from './latencies.ts'
import type { MeasuredControlPlane } from './measured-control-plane.ts'

export const REGION = '/lb/v1/regions/fr-par'

/** What a person creates: two backends of three servers, and two frontends. */
export const lbInput = (number: number) => ({
  name: `shop ${number}`,
  tags: [`team-${number % 50}`, number % 2 === 0 ? 'production' : 'staging'],
  backends: ['web', 'api'].map((name, at) =>
    backendInput({ name, server_ip: [1, 2, 3].map((host) => `127.0.${at + 2}.${host}`) }),
  ),
  frontends: [
    { name: 'web', inbound_port: 80, backend: 'web' },
    { name: 'api', inbound_port: 8080, backend: 'api' },
  ],
})

/** Creates load balancers with several clients at once. @returns their IDs */
export async function createLbs(
  controlPlane: MeasuredControlPlane,
  numbers: { from: number; to: number },
  clients: number,
): Promise<string[]> {
  const ids: string[] = []
  let next = numbers.from
  const client = async () => {
    while (next < numbers.to) {
      const input = lbInput(next++)
      ids.push((await controlPlane.call<Lb>('POST', `${REGION}/lbs`, input)).id)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return ids
}

/** Edits of a load balancer's frontend, one after the other. */
export class Edits {
  readonly controlPlane: MeasuredControlPlane
  readonly #path: string
  readonly #fields: { inbound_port: number; backend_id: string }
  readonly #ms: number[] = []
  #cpu = 0
  #count = 0

  private constructor(controlPlane: MeasuredControlPlane, { id, inbound_port, backend }: Frontend) {
    this.controlPlane = controlPlane
    this.#path = `${REGION}/frontends/${id}`
    this.#fields = { inbound_port, backend_id: backend.id }
  }

  static async of(controlPlane: MeasuredControlPlane, lbId: string): Promise<Edits> {
    const path = `${REGION}/lbs/${lbId}/frontends`
    const { frontends } = await controlPlane.call<{ frontends: Frontend[] }>('GET', path)
    const [frontend] = frontends
    if (!frontend) throw new Error(`Load balancer ${lbId} has no frontend`)
    return new Edits(controlPlane, frontend)
  }

  /** @param isMeasured false to warm up */
  async make(count: number, isMeasured = true): Promise<void> {
    const cpuBefore = this.controlPlane.cpu
    for (let at = 0; at < count; at += 1) {
      const name = `web ${this.#count++}`
      const startedAt = performance.now()
      await this.controlPlane.call('PUT', this.#path, { ...this.#fields, name })
      if (isMeasured) this.#ms.push(performance.now() - startedAt)
    }
    if (isMeasured) this.#cpu += this.controlPlane.cpu - cpuBefore
  }

  get latencies(): Latencies {
    return latenciesOf(this.#ms)
  }

  /** Of the control plane's process, milliseconds for each edit. */
  get cpuMs(): number {
    return this.#cpu / 1000 / this.#ms.length
  }
}
