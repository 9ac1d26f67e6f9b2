import { createHash } from 'node:crypto'
import type { LockConnection } from '../lock-connection.ts'
import { type Connect, openSessionConnection } from './session-connection.ts'

/** The first number of the advisory locks, which no other program uses in this database. The second one is made from the key. */
const LOCKS = 1_179_207_022

const ATTEMPT = `
  with tried as materialized (
    select number, pg_try_advisory_lock(${LOCKS}, number) as "isTaken" from unnest($1::int[]) as number
  )
  select number, "isTaken" from tried`

const IS_LOCK = `
  locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
  and classid = ${LOCKS} and objsubid = 2 and granted and pid <> pg_backend_pid()`

const HOLDERS = `
  select wanted.key, pid as connection, holder, heartbeats
  from unnest($1::text[], $2::int[]) as wanted (key, number)
  left join held_locks on held_locks.key = wanted.key
  left join pg_locks on ${IS_LOCK} and objid = number`

const EVICT = `
  select pg_terminate_backend(pid) from pg_locks left join held_locks on key = $1
  where ${IS_LOCK} and objid = $2 and pid = $3
    and (holder, heartbeats) is not distinct from ($4::text, $5::bigint)`

const HEARTBEAT =
  'update held_locks set heartbeats = heartbeats + 1 where holder = $1 returning key'

/** Opens a connection for advisory locks of the session. The table `held_locks` says who has them. */
export async function openLockConnection(connect: Connect): Promise<LockConnection> {
  const { query, ended, close } = await openSessionConnection(connect)
  const unlock = (numbers: readonly number[]) =>
    query(`select pg_advisory_unlock(${LOCKS}, number) from unnest($1::int[]) as number`, [numbers])
  return {
    attempt: async (keys) => {
      const tried = await query(ATTEMPT, [numbersOf(keys)])
      const taken = tried.filter(({ isTaken }) => isTaken).map(({ number }) => number)
      if (taken.length === tried.length) return true
      if (taken.length > 0) await unlock(taken)
      return false
    },
    holders: (keys) => query(HOLDERS, [keys, keys.map(numberOf)]),
    evict: async ({ key, connection: pid, holder, heartbeats }) => {
      await query(EVICT, [key, numberOf(key), pid, holder, heartbeats])
    },
    heartbeat: async (holder) => (await query(HEARTBEAT, [holder])).map(({ key }) => key),
    free: async (holder, keys) => {
      await query('delete from held_locks where holder = $1 and key = any($2)', [holder, keys])
      await unlock(numbersOf(keys))
    },
    ended,
    close,
  }
}

/** Two keys with the same number exclude each other, which does no harm. */
const numberOf = (key: string): number =>
  createHash('sha256').update(key).digest().readUInt32BE() >>> 1

const numbersOf = (keys: readonly string[]) => [...new Set(keys.map(numberOf))]
