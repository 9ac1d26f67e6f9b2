/** The result of one attempt. `status` is the HTTP status or the SMTP reply code. */
export type SendResult = {
  delivered: boolean
  status: number | null
  outcome: string
  /** The reason, if it may only be logged. */
  logDetail?: string
}
