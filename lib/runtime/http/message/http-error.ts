/** A message that can't be taken, or an answer that can't be had. `message` is in plain words, for body and log. */
export class HttpError extends Error {
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}
