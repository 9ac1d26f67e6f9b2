/** An account, an API token or a component of the control plane, as the history and the audit log name it. */
export type Actor = { kind: 'account' | 'token' | 'system'; id: string; name: string }

/** Where a request came from, for the audit log. */
export type Origin = { address: string; requestId: string }
