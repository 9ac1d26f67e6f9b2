import { reportFault } from '#lib/process/faults.ts'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import type { RequestHead } from '../http/message/request-head.ts'
import type { Acl } from '../rules/acl.ts'
import type { Route } from '../rules/route.ts'
import type { Server } from '../server.ts'
import { serverNameOf } from '../tcp/client-hello.ts'
import { jsonName, jsonText } from './json-text.ts'
import type { Termination } from './termination.ts'

/** The result of the backend's stickiness. */
type Sticky = 'new' | 'kept' | 'moved' | 'table' | null

/** What is known of a request or connection at its start. */
export type LogSubject = {
  /** On the clock of `performance.now()`. */
  startedAt: number
  client: { address: string; port: number }
  /** Null if it was refused before, or is not chosen yet. */
  backend: DesiredBackend | null
  http: HttpSubject | null
}

/** A request. Its head is null if it was malformed. */
export type HttpSubject = { id: string; head: RequestHead | null }

/** Collects the access log line of one request, or of one connection in TCP mode. */
export class LogEntry {
  status: number | null = null
  bytesIn = 0
  bytesOut = 0
  retries = 0
  /** The time in queues. Milliseconds. */
  queueMs = 0
  readonly #subject: LogSubject
  readonly #write: (fields: string) => void
  readonly #time: number
  #server: { address: string; port: number } | null = null
  #sticky: Sticky = null
  #connectedAt: number | null = null
  #respondedAt: number | null = null
  #serverName: string | null = null
  #backend: DesiredBackend | null
  #tlsError: string | null = null
  #acl: Acl | null = null
  #route: Route | null = null
  #ended = false

  /** @param write called once, with the line's own fields */
  constructor(subject: LogSubject, write: (fields: string) => void) {
    this.#subject = subject
    this.#write = write
    this.#backend = subject.backend
    this.#time = Date.now() - (performance.now() - subject.startedAt)
  }

  /** In TCP mode: the client's first bytes, which may be a TLS ClientHello. */
  clientHello(bytes: Buffer): void {
    this.#serverName = serverNameOf(bytes) ?? null
  }

  /** The rules that matched. */
  matched(acl: Acl | null, route: Route | null): void {
    this.#acl = acl
    this.#route = route
  }

  /** The backend is chosen. */
  routedTo({ config }: { config: DesiredBackend }): void {
    this.#backend = config
  }

  /** A connection to a server was opened, or failed. */
  dialed({ queueMs, retries }: { queueMs: number; retries: number }): void {
    this.queueMs += queueMs
    this.retries += retries
  }

  /** A connection to a server failed. @param reason of a failed TLS handshake; null for other failures */
  tlsFailed(reason: string | null): void {
    if (reason !== null) this.#tlsError = reason
  }

  /** There is a connection to a server. @param cookies values of the sticky cookie in the request */
  connected(server: Server, cookies: readonly string[]): void {
    const { address, port } = server
    this.#server = { address, port }
    this.#sticky = stickyOf(this.#backend, cookies, server.opaqueId)
    this.#connectedAt = performance.now()
  }

  /** The head of the final response has arrived. */
  responded(status: number): void {
    this.status = status
    this.#respondedAt = performance.now()
  }

  received(bytes: number): void {
    this.bytesIn += bytes
  }

  sent(bytes: number): void {
    this.bytesOut += bytes
  }

  /** Writes the line. Only the first call counts. */
  end(termination: Termination): void {
    if (this.#ended) return
    this.#ended = true
    try {
      this.#write(this.#line(termination))
    } catch (fault) {
      // A line that can't be formatted must not fail the request.
      reportFault(fault, 'access log')
    }
  }

  #line(termination: Termination): string {
    const { http, client } = this.#subject
    return (
      `"time":"${new Date(this.#time).toISOString()}","mode":"${http ? 'http' : 'tcp'}",` +
      `"client_ip":"${client.address}","client_port":${client.port},` +
      `${http ? httpFields(http) : this.#tcpFields()}${this.#ruleFields()}` +
      `${backendFields(this.#backend)},` +
      `"server_ip":${this.#server ? `"${this.#server.address}"` : null},` +
      `"server_port":${this.#server?.port ?? null},` +
      `"sticky":${this.#sticky === null ? null : `"${this.#sticky}"`},` +
      `${http ? `"status":${this.status},` : ''}"termination":"${termination}",` +
      `"tls_error":${this.#tlsError === null ? null : jsonName(this.#tlsError)},` +
      `"retries":${this.retries},${this.#timers()},` +
      `"bytes_in":${this.bytesIn},"bytes_out":${this.bytesOut}`
    )
  }

  #tcpFields(): string {
    return `"server_name":${this.#serverName === null ? null : jsonText(this.#serverName)},`
  }

  #ruleFields(): string {
    const [acl, route] = [this.#acl, this.#route]
    return (
      `"acl_id":${acl && jsonName(acl.id)},"acl_name":${acl && jsonName(acl.name)},` +
      `"route_id":${route && jsonName(route.id)},`
    )
  }

  #timers(): string {
    const { startedAt, http } = this.#subject
    const connected = this.#connectedAt
    const responded = this.#respondedAt
    const connect = connected === null ? null : tenths(connected - startedAt - this.queueMs)
    const response = connected === null || responded === null ? null : tenths(responded - connected)
    return (
      `"queue_ms":${tenths(this.queueMs)},"connect_ms":${connect},` +
      `${http ? `"response_ms":${response},` : ''}` +
      `"total_ms":${tenths(performance.now() - startedAt)}`
    )
  }
}

function httpFields({ id, head }: HttpSubject): string {
  if (!head) {
    return `"request_id":"${id}","method":null,"path":null,"query":null,"http_version":null,"host":null,"user_agent":null,`
  }
  const { method, target, version, host, fields } = head
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  const query = question < 0 ? null : target.slice(question + 1)
  const agent = fields.find(({ lower }) => lower === 'user-agent')
  return (
    `"request_id":"${id}","method":${jsonText(method)},"path":${jsonText(path)},` +
    `"query":${query === null ? null : jsonText(query)},` +
    `"http_version":"${version === 10 ? '1.0' : '1.1'}",` +
    `"host":${host === '' ? null : jsonText(host)},` +
    `"user_agent":${agent ? jsonText(agent.value) : null},`
  )
}

function backendFields(backend: DesiredBackend | null): string {
  if (!backend) return '"backend_id":null,"backend_name":null'
  return `"backend_id":${jsonName(backend.id)},"backend_name":${jsonName(backend.name)}`
}

function stickyOf(
  backend: DesiredBackend | null,
  cookies: readonly string[],
  opaqueId: string,
): Sticky {
  switch (backend?.sticky.type) {
    case 'cookie':
      if (cookies.length === 0) return 'new'
      return cookies.includes(opaqueId) ? 'kept' : 'moved'
    case 'table':
      return 'table'
    default:
      return null
  }
}

/** Milliseconds, rounded to tenths, at least 0. */
function tenths(ms: number): number {
  return Math.max(0, Math.round(ms * 10) / 10)
}
