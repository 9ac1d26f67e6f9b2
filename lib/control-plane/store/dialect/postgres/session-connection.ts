import type { Client } from 'pg'
import { contain } from '#lib/process/faults.ts'
import type { PostgresConnection } from './postgres-connection.ts'

/** Connects to the primary, outside of the pool. */
export type Connect = () => Promise<{ connection: PostgresConnection; client: Client }>

/** A connection that keeps locks of its session. `ended` is aborted when it has ended, or was closed. */
export async function openSessionConnection(connect: Connect) {
  const { connection, client } = await connect()
  const ended = new AbortController()
  const onEnd = contain('process', () => ended.abort())
  client.on('error', onEnd)
  client.on('end', onEnd)
  const query = async (sql: string, parameters: readonly unknown[] = []) =>
    (await connection.query(sql, parameters)).rows
  const close = () => {
    connection.close()
    ended.abort()
  }
  return { query, ended: ended.signal, close }
}
