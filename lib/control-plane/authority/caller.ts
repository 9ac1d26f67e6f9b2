import type { Authority } from './authority.ts'

/** An account, an API token or a component of the control plane, as the history and the audit log name it. */
export type Actor = { kind: 'account' | 'token' | 'system'; id: string; name: string }

/** Where a request came from, for the audit log. */
export type Origin = { address: string; requestId: string }

/** The caller of a service. `origin` is null for the control plane itself. */
export type Caller = { actor: Actor; authority: Authority; origin: Origin | null }
