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

let server: ServerProgram | null = null

/** Starts the server on which a project's tests have their databases. */
export async function setup(project: TestProject): Promise<void> {
  const missing = missingPrograms('postgres')
  if (missing) throw new Error(missing)
  const options = ['full_page_writes=off', 'synchronous_commit=off', 'max_connections=300']
  server = await startPostgres('127.0.0.1', await freePort(), { options })
  const { address, port } = server
  await waitFor('PostgreSQL answers', () => runSql({ address, port }, 'select 1'))
  await makeTemplate({ address, port })
  project.provide('postgres', { address, port })
}

export async function teardown(): Promise<void> {
  await server?.remove()
}
