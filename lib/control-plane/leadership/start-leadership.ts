import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { Authority } from '../authority/authority.ts'
import type { Store } from '../store/store.ts'
import { Candidacy } from './candidacy.ts'
import { RunningTasks } from './running-tasks.ts'
import type { LeaderTask, Stop, Term } from './term.ts'

/**
 * Performs tasks while this process is the leader: from now on if no other process can write to the database, else while it has won the
 * leadership among them.
 * @param replicaId of this process, in the table `replicas`
 * @returns a function that stops the tasks, and leaves the leadership to others at once
 */
export async function startLeadership(
  store: Store,
  tasks: readonly LeaderTask[],
  log: Logger,
  replicaId: string = randomUUID(),
): Promise<Stop> {
  const { openLeaderConnection: connect } = store
  if (connect) {
    const candidacy = new Candidacy({ store, connect, tasks, log, replicaId })
    return () => candidacy.stop()
  }
  const { term, end } = soleTerm()
  const running = new RunningTasks(tasks, term, log)
  await running.tried
  return async () => {
    await running.stop()
    end()
  }
}

/** The term of a process that is alone. */
export function soleTerm(): { term: Term; end: () => void } {
  const ended = new AbortController()
  const term = { ended: ended.signal, isCertain: () => true, authority: Authority.system }
  return { term, end: () => ended.abort() }
}
