import { hostname } from 'node:os'
import type { PresenceConnection } from '../presence-connection.ts'
import { type Connect, openSessionConnection } from './session-connection.ts'

/** A number that no other program uses for an advisory lock in this database. */
const PRESENCE_LOCK = 1_179_207_023

const LOCK = {
  alone: `select pg_try_advisory_lock(${PRESENCE_LOCK}) as "isTaken"`,
  shared: `select pg_try_advisory_lock_shared(${PRESENCE_LOCK}) as "isTaken"`,
}

/** The name of the connection says which machine it is of. */
const NAME = 'fairlead on '

const OTHERS = `
  select distinct application_name as name, host(client_addr) as address
  from pg_locks join pg_stat_activity using (pid)
  where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
    and classid = 0 and objid = ${PRESENCE_LOCK} and objsubid = 1 and granted and pid <> pg_backend_pid()
  order by name`

/** Opens a connection for an advisory lock of the session: exclusive for a process that is to be alone, else shared. */
export async function openPresenceConnection(connect: Connect): Promise<PresenceConnection> {
  const { query, ended, close } = await openSessionConnection(connect)
  try {
    await query("select set_config('application_name', $1, false)", [NAME + hostname()])
  } catch (error) {
    close()
    throw error
  }
  return {
    attempt: async (mode) => (await query(LOCK[mode]))[0]?.isTaken,
    others: async () => {
      const rows = await query(OTHERS)
      return rows.map(({ name, address }) => {
        const machine = String(name).replace(NAME, '')
        return address ? `${machine} (${address})` : machine
      })
    },
    ended,
    close,
  }
}
