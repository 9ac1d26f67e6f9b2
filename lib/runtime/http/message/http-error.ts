/**
 * A message that can't be taken, or an answer that can't be had. `message` is in plain words, for body and log. No
 * Error of the language's: a stack trace would cost more than all else that is done for a refused request.
 */
export class HttpError {
  readonly status: number
  readonly message: string

  constructor(status: number, message: string) {
    this.status = status
    this.message = message
  }
}
