import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

/** The leader's name in the table `leadership`: another one for each term. @param replicaId of the table `replicas` */
export const newHolder = (replicaId: string): string =>
  `${hostname()}/${process.pid}/${replicaId}/${randomUUID()}`

/** The replica that a leader's name is of; null for a name that isn't one. */
export const replicaOfHolder = (holder: string): string | null => holder.split('/')[2] ?? null
