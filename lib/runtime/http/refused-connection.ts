import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import { Connection } from '../sockets/connection.ts'
import type { ConnectionUser } from '../sockets/connection-user.ts'
import { errorResponse } from './message/error-response.ts'
import type { HttpError } from './message/http-error.ts'
import { nextRequestId } from './request-id.ts'

/** The time that the client may take to close: closing earlier could reset the connection before the client has read the response. Milliseconds. */
const LINGER_MS = 1000

/** Sends an error response to a client over the connection limit, before its request, and closes the connection. */
export function refuseConnection(handle: TcpHandle, error: HttpError): void {
  new RefusedConnection(handle, error)
}

class RefusedConnection implements ConnectionUser, Expiring {
  readonly deadline = performance.now() + LINGER_MS
  readonly #client: Connection

  constructor(handle: TcpHandle, error: HttpError) {
    this.#client = new Connection(handle, this)
    deadlines.add(this)
    this.#client.writeText(errorResponse(error, { requestId: nextRequestId(), keepAlive: false }))
    this.#client.end()
    this.#client.resume()
  }

  onData(): void {}

  onEnd(): void {}

  onDrain(): void {}

  onClose(): void {
    deadlines.remove(this)
  }

  expire(): void {
    this.#client.destroy()
  }
}
