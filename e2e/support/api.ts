import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { waitFor } from '#lib/testing/wait.ts'
import type { Installation } from './installation.ts'

export type Answer<T> = { status: number; body: T; headers: Headers; ms: number }

/** A client of the control plane's API, with a token. */
export class Api {
  readonly #url: string
  readonly #secretKey: string

  constructor({ apiUrl, secretKey }: Pick<Installation, 'apiUrl' | 'secretKey'>) {
    this.#url = apiUrl
    this.#secretKey = secretKey
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const startedAt = performance.now()
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        'X-Auth-Token': this.#secretKey,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = text === '' ? (undefined as T) : (JSON.parse(text) as T)
    const ms = performance.now() - startedAt
    return { status: response.status, body: json, headers: response.headers, ms }
  }

  /** A call that must succeed. */
  async ok<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body)
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    return answer.body
  }

  lb(id: string, region = 'fr-par'): Promise<Lb> {
    return this.ok('GET', `/lb/v1/regions/${region}/lbs/${id}`)
  }

  observed(id: string): Promise<ObservedLb> {
    return this.ok('GET', `/fairlead/v1/lbs/${id}/observed`)
  }

  async waitForStatus(id: string, status: string, region = 'fr-par'): Promise<Lb> {
    return waitFor(`load balancer is ${status}`, async () => {
      const lb = await this.lb(id, region)
      return lb.status === status && lb
    })
  }

  /** Waits until both instances have applied the load balancer's generation. */
  async waitForApplied(id: string): Promise<ObservedLb> {
    return waitFor('applied on 2 of 2', async () => {
      const observed = await this.observed(id)
      return observed.applied_on === 2 && observed
    })
  }

  async children(id: string, region = 'fr-par') {
    const base = `/lb/v1/regions/${region}/lbs/${id}`
    const { backends } = await this.ok<{ backends: Backend[] }>('GET', `${base}/backends`)
    const { frontends } = await this.ok<{ frontends: Frontend[] }>('GET', `${base}/frontends`)
    return { backends, frontends }
  }
}

/** The request to create a backend, with a short check interval. */
export function backendOf(servers: string[], port: number, more: Record<string, unknown> = {}) {
  return {
    name: 'web',
    forward_protocol: 'http',
    forward_port: port,
    server_ip: servers,
    health_check: {
      port,
      check_delay: 200,
      check_timeout: 500,
      check_max_retries: 2,
      transient_check_delay: '0.100s',
      http_config: { uri: '/health', method: 'GET', code: 200 },
    },
    ...more,
  }
}
