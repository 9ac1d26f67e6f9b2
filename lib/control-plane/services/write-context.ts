import type { Caller } from '../authority/caller.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'

/** What `change` needs: the store, the signal that wakes readers of the change feed, and the caller. */
export type WriteContext = Caller & { store: Store; commits: Signal }
