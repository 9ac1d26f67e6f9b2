import { setTimeout as after } from 'node:timers/promises'
import type { Client } from 'pg'
import { detach } from '#lib/process/faults.ts'
import { type DatabaseAddress, serverName } from '#lib/protocol/settings/database-address.ts'
import { DatabaseProblem } from '../../database-problem.ts'
import { connect, disconnect } from './connect.ts'
import { databaseProblem, SettledProblem } from './postgres-problems.ts'

type Server = DatabaseAddress['hosts'][number]

/** How long the server that was the primary last has for itself, before the others are tried too. Milliseconds. */
const HEAD_START_MS = 100

export type Found = { client: Client; server: Server }

/**
 * Connects to the primary: the server that isn't a standby. A primary that is set to read-only counts, because it can be read.
 * @param first the server that is tried first
 * @throws DatabaseProblem
 */
export async function findPrimary(
  address: DatabaseAddress,
  first: Server | null,
  limits: { statementMs: number },
): Promise<Found> {
  const { hosts } = address
  const ordered = first ? [first, ...hosts.filter((one) => one !== first)] : hosts
  const [start, ...others] = ordered.map((server) => () => tryServer(address, server, limits))
  if (!start) throw new Error('there is no server to try')
  const attempts = [start()]
  if (others.length > 0) {
    const early = Promise.allSettled(attempts)
    const settled = await Promise.race([early, after(HEAD_START_MS)])
    const isFound = settled?.[0]?.status === 'fulfilled'
    if (!isFound) attempts.push(...others.map((attempt) => attempt()))
  }
  try {
    const found = await Promise.any(attempts)
    closeOthers(attempts, found)
    return found
  } catch (error) {
    throw mostTelling((error as AggregateError).errors)
  }
}

async function tryServer(
  address: DatabaseAddress,
  server: Server,
  limits: { statementMs: number },
): Promise<Found> {
  const client = await connect(address, server, limits)
  const { user, database } = address
  try {
    const { rows } = await client.query('select pg_is_in_recovery() as standby')
    if (!rows[0]?.standby) return { client, server }
  } catch (error) {
    disconnect(client)
    throw databaseProblem(error, { user, database, server })
  }
  disconnect(client)
  const message = `PostgreSQL on ${serverName(server)} is a read-only standby, and no primary was found. Add the primary to FAIRLEAD_DATABASE_URL.`
  throw new DatabaseProblem(message, { kind: 'read_only' })
}

/** Closes connections to servers that were tried at the same time. */
function closeOthers(attempts: Promise<Found>[], { client }: Found): void {
  for (const attempt of attempts) {
    detach('process', async () => {
      const other = await attempt.catch(() => null)
      if (other && other.client !== client) disconnect(other.client)
    })
  }
}

/** The problem of several servers that says most about what to do. */
function mostTelling(problems: unknown[]): Error {
  const rank = (problem: unknown) => {
    if (problem instanceof SettledProblem) return 0
    if (!(problem instanceof DatabaseProblem)) return 1
    return ['busy', 'read_only', 'slow'].includes(problem.kind) ? 2 : 3
  }
  return problems.toSorted((a, b) => rank(a) - rank(b))[0] as Error
}
