import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Place } from '#lib/control-plane/move-store/place.ts'
import { defaultKeyFile } from '#lib/control-plane/secrets/key-file.ts'
import type { Settings } from '#lib/control-plane/settings.ts'
import { postgresPlace } from '#lib/control-plane/store/dialect/postgres/postgres-place.ts'
import { sqlitePlace } from '#lib/control-plane/store/dialect/sqlite/sqlite-place.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { callsAt, ownCalls } from './every-call.ts'
import { filled, type Ids } from './furnished.ts'
import { type RunningControlPlane, runControlPlane } from './running-control-plane.ts'

export const ADMIN = { email: 'ada@example.com', password: 'correct horse battery' }

/** Calls whose answers are streams, or are about the process and not about the store. */
const NOT_STORED =
  /events|stats|health$|traffic|metrics|divergences|observed|\/nodes$|control-planes|problems|draft|openapi|status/

/** Properties that depend on the nodes, or on when they are read. */
const NOT_STORED_KEYS = ['status', 'health', 'observed', 'last_used_at', 'last_seen_at']

/** A data directory, whose store is moved between its file and a PostgreSQL database. */
export class MovedStore {
  readonly directory = mkdtempSync(join(tmpdir(), 'fairlead-move-'))
  readonly file = join(this.directory, 'fairlead.db')
  readonly #keyFile = defaultKeyFile(this.file)
  readonly address: DatabaseAddress

  constructor(address: DatabaseAddress) {
    this.address = address
  }

  run(database: DatabaseAddress | null, changes: Partial<Settings> = {}) {
    const { file: databaseFile } = this
    return runControlPlane({ databaseFile, database, admin: ADMIN, ...changes })
  }

  /** Runs something with both databases. */
  async withPlaces<T>(work: (file: Place, database: Place) => Promise<T>): Promise<T> {
    const database = await postgresPlace(this.address, this.#keyFile)
    try {
      return await work(sqlitePlace(this.file, this.#keyFile), database)
    } finally {
      await database.close()
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true })
  }
}

/** What every call that reads answers to an owner, by method and path. */
export async function everyAnswer(
  { call }: RunningControlPlane,
  ids: Ids,
  session: string,
): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {}
  const calls = [...callsAt('regions/fr-par'), ...callsAt('zones/fr-par-1'), ...ownCalls()]
  for (const one of calls) {
    if (one.method !== 'get' || NOT_STORED.test(one.path)) continue
    const path = filled(one, ids)
    const { status, body } = await call('GET', path, undefined, {
      Authorization: `Bearer ${session}`,
    })
    answers[path] = { status, body: storedPart(body) }
  }
  return answers
}

function storedPart(body: unknown): unknown {
  const replace = (key: string, value: unknown) =>
    NOT_STORED_KEYS.includes(key) ? undefined : value
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body, replace))
}
