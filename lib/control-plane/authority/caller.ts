import type { Actor, Origin } from './actor.ts'
import type { Authority } from './authority.ts'

/** The caller of a service. `origin` is null for the control plane itself. */
export type Caller = { actor: Actor; authority: Authority; origin: Origin | null }
