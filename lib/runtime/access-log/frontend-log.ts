import type { DesiredFrontend } from '#lib/protocol/desired-config.ts'
import type { Backend } from '../backend.ts'
import type { HttpError } from '../http/message/http-error.ts'
import type { RequestHead } from '../http/message/request-head.ts'
import type { Connection } from '../sockets/connection.ts'
import { jsonName } from './json-text.ts'
import { LogEntry, type LogSubject } from './log-entry.ts'
import type { LogFile } from './log-file.ts'

/** A client connection, and when its current request's head was complete (`performance.now()`). */
type LoggedClient = { client: Connection; requestedAt: number }

/** The access log of one frontend. */
export class FrontendLog {
  readonly #file: LogFile
  /** The fields that all its lines share. */
  readonly #own: string

  constructor({ id, name, port }: DesiredFrontend, file: LogFile) {
    this.#file = file
    this.#own = `"frontend_id":${jsonName(id)},"frontend_name":${jsonName(name)},"frontend_port":${port}`
  }

  /** A request starts. @param backend null if an ACL decides about it */
  request(
    { client, requestedAt }: LoggedClient,
    id: string,
    head: RequestHead,
    backend: Backend | null,
  ): LogEntry {
    const http = { id, head }
    const entry = this.#begin({
      startedAt: requestedAt,
      client: addressOf(client),
      backend: backend?.config ?? null,
      http,
    })
    entry.received(head.text.length + 2)
    return entry
  }

  /** A request was malformed. */
  refused({ client, requestedAt }: LoggedClient, id: string, error: HttpError, sent: number): void {
    const http = { id, head: null }
    const subject = { startedAt: requestedAt, client: addressOf(client), backend: null, http }
    const entry = this.#begin(subject)
    entry.status = error.status
    entry.sent(sent)
    entry.end(error.status === 408 ? 'client_timeout' : 'bad_request')
  }

  /** A connection in TCP mode starts. Its backend is chosen later. */
  session(client: Connection, startedAt: number): LogEntry {
    return this.#begin({ startedAt, client: addressOf(client), backend: null, http: null })
  }

  #begin(subject: LogSubject): LogEntry {
    return new LogEntry(subject, (fields) => this.#file.append(`{${fields},${this.#own}`))
  }
}

function addressOf(client: Connection): LogSubject['client'] {
  return { address: client.remoteAddress, port: client.remotePort }
}
