import type { ClusterDatabase } from '#lib/testing/cluster/cluster-database.ts'
import type { ControlPlaneHost } from '#lib/testing/cluster/control-plane-host.ts'
import { simulateDelay, waitFor } from '#lib/testing/wait.ts'
import { Api } from '../support/api.ts'

/** A client waits this long after a failed write. Milliseconds. */
const RETRY_MS = 10

/** Clients of several control planes that change the description of a load balancer, one write after the other, until `stop`. */
export class Writers {
  /** The acknowledged writes, each with a description of its own, and when they were. */
  readonly acknowledged: { description: string; at: number }[] = []
  /** What refusals said, by status. A client that got no answer counts as status 0. */
  readonly refusals = new Map<number, Set<string>>()
  /** The longest that a client waited for an answer. Milliseconds. */
  longestMs = 0
  readonly #path: string
  readonly #name = `writer-${Math.random().toString(36).slice(2)}`
  readonly #clients: Promise<void>[]
  #count = 0
  #isStopped = false

  /** @param perControlPlane how many clients each of them has */
  constructor(controlPlanes: readonly ControlPlaneHost[], lbId: string, perControlPlane: number) {
    this.#path = `/lb/v1/regions/fr-par/lbs/${lbId}`
    this.#clients = controlPlanes.flatMap((one) =>
      Array.from({ length: perControlPlane }, () => this.#write(new Api(one))),
    )
  }

  /** Resolves with the time of the first acknowledged write after another time. */
  async acknowledgedAfter(at: number): Promise<number> {
    const found = () => this.acknowledged.find((one) => one.at > at)
    return (await waitFor('an acknowledged write', found)).at
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#clients)
  }

  /** The acknowledged writes that the database doesn't have, after `stop`. */
  async lostIn(database: ClusterDatabase): Promise<string[]> {
    const like = `'%${this.#name}%'`
    const rows = await database.primary.query(`select after from changes where after like ${like}`)
    const pattern = new RegExp(`${this.#name} \\d+`)
    const stored = new Set(rows.map(({ after }) => pattern.exec(String(after))?.[0]))
    return this.acknowledged.map((one) => one.description).filter((one) => !stored.has(one))
  }

  async #write(api: Api): Promise<void> {
    while (!this.#isStopped) {
      const description = `${this.#name} ${this.#count++}`
      const startedAt = performance.now()
      const body = { name: 'site', description }
      const answer = await api.call<{ message?: string }>('PUT', this.#path, body).catch(() => null)
      const at = performance.now()
      this.longestMs = Math.max(this.longestMs, at - startedAt)
      if (answer?.status === 200) this.acknowledged.push({ description, at })
      else await this.#refused(answer?.status ?? 0, answer?.body?.message ?? '')
    }
  }

  #refused(status: number, message: string): Promise<void> {
    this.refusals.set(status, (this.refusals.get(status) ?? new Set()).add(message))
    return simulateDelay(RETRY_MS)
  }
}
