/** The control plane refuses a request. */
export class Refusal extends Error {
  /** Whether it refuses every request of this node, because the node was removed. */
  readonly isRemoval: boolean

  constructor(status: number, body: string) {
    const { message, help_message, details, reason } = parsed(body)
    const words = help_message ?? details?.[0]?.help_message ?? message
    super(typeof words === 'string' ? words : `The control plane answers with HTTP ${status}.`)
    this.isRemoval = status === 403 && reason === 'removed'
  }
}

type Body = {
  message?: unknown
  help_message?: unknown
  details?: { help_message?: unknown }[]
  reason?: unknown
}

function parsed(body: string): Body {
  try {
    return JSON.parse(body) ?? {}
  } catch {
    // This is no answer of a control plane.
    return {}
  }
}
