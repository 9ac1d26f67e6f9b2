/**
 * A message that is refused, or a request that can't be served. `message` is a sentence for the response body and the log. Not a
 * JavaScript Error: its stack trace would cost more than the rest of a refused request.
 */
export class HttpError {
  readonly status: number
  readonly message: string

  constructor(status: number, message: string) {
    this.status = status
    this.message = message
  }
}
