import type { Logger } from 'pino'
import type { Store } from '../store/store.ts'
import { type Locks, SOLE } from './locks.ts'
import { SharedLocks } from './shared-locks.ts'

/** The locks of this process: shared ones if the store's database can have other processes. */
export function openLocks(store: Store, log: Logger): Locks {
  const { openLockConnection: connect } = store
  return connect ? new SharedLocks({ store, connect, log }) : SOLE
}
