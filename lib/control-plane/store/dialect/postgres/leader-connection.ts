import type { LeaderConnection } from '../leader-connection.ts'
import { type Connect, openSessionConnection } from './session-connection.ts'

/** A number that no other program uses for an advisory lock in this database. */
const LEADER_LOCK = 1_179_207_021

/** A process that a newer version has migrated the database of can't write, so it can't lead. */
const CAN_WRITE = '(select count(*) from kysely_migration) <= $1'

const ATTEMPT = `
  select
    case when ${CAN_WRITE} then pg_try_advisory_lock(${LEADER_LOCK}) else false end as "isTaken",
    holder is null as "isVacant", renewals
  from leadership`

const RENEW_TERM = `
  update leadership set renewals = renewals + 1 where ${CAN_WRITE} and holder = $2 returning term`

/** The holder of the lock, unless it has renewed meanwhile. */
const DEPOSE = `
  select pg_terminate_backend(pid) from pg_locks, leadership
  where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
    and classid = 0 and objid = ${LEADER_LOCK} and objsubid = 1 and granted and pid <> pg_backend_pid()
    and renewals = $1`

/**
 * Opens a leader's connection. Renewals on it don't wait for a disk or a standby: losing some in a failover does no harm.
 * @param migrations how many migrations this version knows
 */
export async function openLeaderConnection(
  connect: Connect,
  migrations: number,
): Promise<LeaderConnection> {
  const { query, ended, close } = await openSessionConnection(connect)
  try {
    await query('set synchronous_commit = off')
  } catch (error) {
    close()
    throw error
  }
  return {
    attempt: async () => {
      const [row] = await query(ATTEMPT, [migrations])
      if (!row) throw new Error('The table leadership has no row.')
      return row
    },
    depose: async (renewals) => {
      await query(DEPOSE, [renewals])
    },
    renew: async () => {
      await query('update leadership set renewals = renewals + 1')
    },
    renewTerm: async (holder) => {
      return (await query(RENEW_TERM, [migrations, holder])).length > 0
    },
    resign: async (holder) => {
      await query('update leadership set holder = null where holder = $1', [holder])
      await query('select pg_advisory_unlock_all()')
    },
    ended,
    close,
  }
}
