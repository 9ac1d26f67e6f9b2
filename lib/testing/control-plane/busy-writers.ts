import { backendInput, SECRET_KEY } from './running-control-plane.ts'

/** The last known state of a written object: its marks; null after its deletion. */
export type Marks = string | null

type Body = { id: string; name?: string; tags?: string[]; pool?: string[] } | undefined

const REGION = '/lb/v1/regions/fr-par'
const headers = { 'X-Auth-Token': SECRET_KEY, 'Content-Type': 'application/json' }

/** Every mark is unique, so that a lost write can't be mistaken for another. */
let count = 0
const mark = () => `mark-${++count}`
const address = () => {
  count += 1
  return `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`
}

/**
 * Clients that make all kinds of writes, each sequentially, until the control plane is gone. `acknowledged` has the acknowledged
 * writes by object, `open` those that were in flight at the end.
 */
export class BusyWriters {
  readonly acknowledged = new Map<string, Marks>()
  readonly open = new Map<string, Marks>()
  /** The number of acknowledged writes. */
  writes = 0
  readonly #api: string

  constructor(api: string) {
    this.#api = api
  }

  /** Resolves when every client has lost its connection. */
  async run(): Promise<void> {
    this.open.clear()
    const scripts = [this.#rules, this.#rules, this.#lbs, this.#ips, this.#routing]
    await Promise.all(scripts.map((script) => this.#until(() => script.call(this))))
  }

  async #until(script: () => Promise<boolean>): Promise<void> {
    while (await script());
  }

  /** A load balancer that is created with rules, renamed, and deleted. */
  async #lbs(): Promise<boolean> {
    const name = mark()
    const rules = {
      backends: [backendInput()],
      frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
    }
    const lb = await this.#create('/lbs', { name, ...rules }, name)
    if (!lb) return false
    const renamed = mark()
    if (!(await this.#change(lb.id, 'PUT', `/lbs/${lb.id}`, { name: renamed }, renamed)))
      return false
    if (count % 3 === 0) return true
    return this.#change(lb.id, 'DELETE', `/lbs/${lb.id}?release_ip=true`, undefined, null)
  }

  /** All changes of a load balancer's backends and frontends. */
  async #rules(): Promise<boolean> {
    const name = mark()
    const lb = await this.#create('/lbs', { name }, name)
    if (!lb) return false
    for (let round = 0; round < 5; round++) {
      const web = mark()
      const backend = await this.#create(`/lbs/${lb.id}/backends`, backendInput({ name: web }), web)
      if (!backend) return false
      const http = mark()
      const input = { name: http, inbound_port: 8000 + round, backend_id: backend.id }
      const frontend = await this.#create(`/lbs/${lb.id}/frontends`, input, http)
      if (!frontend) return false
      if (!(await this.#changeRules(backend.id, frontend.id, web, round))) return false
    }
    return true
  }

  async #changeRules(
    backendId: string,
    frontendId: string,
    web: string,
    round: number,
  ): Promise<boolean> {
    const path = `/backends/${backendId}`
    for (const method of ['PUT', 'POST']) {
      const servers = { server_ip: [address()] }
      if (!(await this.#change(backendId, method, `${path}/servers`, servers, web))) return false
    }
    const check = { port: 9000 + round, check_max_retries: 3, tcp_config: {} }
    if (!(await this.#change(backendId, 'PUT', `${path}/healthcheck`, check, web))) return false
    const http = mark()
    const input = { name: http, inbound_port: 8000 + round, backend_id: backendId }
    if (!(await this.#change(frontendId, 'PUT', `/frontends/${frontendId}`, input, http)))
      return false
    if (round % 2 === 0) return true
    const gone = await this.#change(
      frontendId,
      'DELETE',
      `/frontends/${frontendId}`,
      undefined,
      null,
    )
    return gone && (await this.#change(backendId, 'DELETE', path, undefined, null))
  }

  /** All changes of a frontend's routes and ACLs, which are deleted with it. */
  async #routing(): Promise<boolean> {
    const name = mark()
    const rules = {
      backends: [backendInput()],
      frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
    }
    const lb = await this.#create('/lbs', { name, ...rules }, name)
    const [frontend] = lb ? await this.#frontends(lb.id) : []
    if (!frontend) return false
    const { id: frontend_id, backend } = frontend
    const routeFor = (host_header: string) => ({ backend_id: backend.id, match: { host_header } })
    const host = mark()
    const route = await this.#create('/routes', { frontend_id, ...routeFor(host) }, host)
    if (!route) return false
    const path = `/frontends/${frontend_id}/acls`
    const aclNamed = (called: string) => ({ name: called, action: { type: 'deny' }, index: 1 })
    const called = mark()
    const acl = await this.#create(path, aclNamed(called), called)
    if (!acl) return false
    const other = mark()
    const renamed = mark()
    const kept = { acls: [aclNamed(renamed)] }
    const done =
      (await this.#change(route.id, 'PUT', `/routes/${route.id}`, routeFor(other), other)) &&
      (await this.#change(acl.id, 'PUT', `/acls/${acl.id}`, aclNamed(renamed), renamed)) &&
      (await this.#change(acl.id, 'PUT', path, kept, renamed))
    if (!done || count % 2 === 0) return done
    return (
      (await this.#change(route.id, 'DELETE', `/routes/${route.id}`, undefined, null)) &&
      (await this.#change(acl.id, 'PUT', path, { acls: [] }, null))
    )
  }

  async #frontends(lbId: string): Promise<{ id: string; backend: { id: string } }[]> {
    const answered = await this.#send('GET', `/lbs/${lbId}/frontends`)
    return (answered?.body as unknown as { frontends: [] } | undefined)?.frontends ?? []
  }

  /** An IP that is created, named and released. */
  async #ips(): Promise<boolean> {
    const first = mark()
    const ip = await this.#create('/ips', { tags: [first] }, first)
    if (!ip) return false
    const second = mark()
    if (!(await this.#change(ip.id, 'PATCH', `/ips/${ip.id}`, { tags: [second] }, second)))
      return false
    if (count % 2 === 0) return true
    return this.#change(ip.id, 'DELETE', `/ips/${ip.id}`, undefined, null)
  }

  async #create(path: string, input: object, marks: string): Promise<Body> {
    const answered = await this.#send('POST', path, input)
    if (!answered) return undefined
    this.acknowledged.set((answered.body as { id: string }).id, marks)
    return answered.body
  }

  async #change(
    id: string,
    method: string,
    path: string,
    input: object | undefined,
    marks: Marks,
  ): Promise<boolean> {
    this.open.set(id, marks)
    if (!(await this.#send(method, path, input))) return false
    this.open.delete(id)
    this.acknowledged.set(id, marks)
    return true
  }

  /** Null if the connection was lost before the response was complete. */
  async #send(method: string, path: string, input?: object): Promise<{ body: Body } | null> {
    const body = input === undefined ? null : JSON.stringify(input)
    try {
      const response = await fetch(this.#api + REGION + path, { method, headers, body })
      const text = await response.text()
      if (response.ok) {
        if (method !== 'GET') this.writes += 1
        return { body: text ? JSON.parse(text) : undefined }
      }
      throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
    } catch (error) {
      if ((error as Error).message.includes('was answered')) throw error
      return null
    }
  }
}
