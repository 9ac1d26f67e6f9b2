import type { TestProject } from 'vitest/node'
import { startPostgres } from '../programs/postgres.ts'
import { missingPrograms } from '../programs/programs.ts'
import type { ServerProgram } from '../programs/server-program.ts'
import { waitFor } from '../wait.ts'
import { freePort } from './control-plane-process.ts'
import { runSql } from './test-postgres.ts'
import { makeTemplate } from './test-store.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { address: string; port: number }
  }
}

/** Nothing needs to survive a crash, and all tests' stores together have many connections. */
const OPTIONS = [
  ...['full_page_writes=off', 'synchronous_commit=off', 'wal_level=minimal', 'max_wal_senders=0'],
  ...['checkpoint_timeout=1h', 'max_wal_size=4GB', 'autovacuum=off', 'jit=off'],
  ...['shared_buffers=64MB', 'max_connections=300'],
]

let server: ServerProgram | null = null

/** Starts the server on which a project's tests have their databases. */
export async function setup(project: TestProject): Promise<void> {
  // Then each test is skipped with a message.
  if (missingPrograms('postgres')) return
  server = await startPostgres('127.0.0.1', await freePort(), { options: OPTIONS })
  const { address, port } = server
  await waitFor('PostgreSQL answers', () => runSql({ address, port }, 'select 1'))
  await makeTemplate({ address, port })
  project.provide('postgres', { address, port })
}

export async function teardown(): Promise<void> {
  await server?.remove()
}
