import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { follow, knownFrom } from '#lib/testing/control-plane/follow-stream.ts'
import { furnish, type Ids } from '#lib/testing/control-plane/furnished.ts'
import { ADMIN, everyAnswer, MovedStore } from '#lib/testing/control-plane/moved-store.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { Authority } from '../authority/authority.ts'
import { backUp } from '../backup/back-up.ts'
import { defaultKeyFile } from '../secrets/key-file.ts'
import { Store } from '../store/store.ts'
import { moveStore, undoMove } from './move-store.ts'

const { key, certificate } = makeCertificate()
const NODE = 'fr-par-a'

describe.skipIf(missingPrograms('postgres'))('a store', { tags: ['in-order'] }, () => {
  let server: ServerProgram
  let moved: MovedStore
  let ids: Ids
  let session = ''
  let before: Record<string, unknown>
  let known: ReturnType<typeof knownFrom>
  const nothing = () => {}
  const toPostgres = () => moved.withPlaces((file, database) => moveStore(file, database, nothing))
  const toSqlite = () => moved.withPlaces((file, database) => moveStore(database, file, nothing))

  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    moved = new MovedStore(databaseOn(server))
  })
  afterAll(async () => {
    moved.remove()
    await server.remove()
  })

  /** The control plane answers as it did, and a node that knows all configurations is sent none. */
  async function expectSame(controlPlane: RunningControlPlane): Promise<void> {
    const answers = await everyAnswer(controlPlane, ids, session)
    expect(answers).toEqual(before)
    const node = await follow(controlPlane, NODE, known)
    expect(await node.untilSynced()).toEqual([])
    node.close()
    const { body } = await controlPlane.call('GET', '/fairlead/v1/divergences')
    expect(body.divergences).toEqual([])
  }

  /** Changes what is in the store, and remembers the answers. */
  async function change(controlPlane: RunningControlPlane, name: string): Promise<void> {
    const path = `/lb/v1/regions/fr-par/lbs/${ids.lbs}`
    expect((await controlPlane.call('PUT', path, { name, description: '' })).status).toBe(200)
    before = await everyAnswer(controlPlane, ids, session)
    const node = await follow(controlPlane, NODE)
    known = knownFrom(await node.untilSynced())
    node.close()
  }

  test('is furnished', async () => {
    await using controlPlane = await moved.run(null)
    ids = await furnish(controlPlane, key + certificate)
    const logIn = await controlPlane.call('POST', '/fairlead/v1/session', ADMIN, {})
    session = logIn.body.token
    await change(controlPlane, 'été')
    expect(Object.keys(before).length).toBeGreaterThan(30)
    expect(Object.keys(known)).toEqual([ids.lbs])
  })

  test('is the same in PostgreSQL', async () => {
    await toPostgres()
    await using controlPlane = await moved.run(moved.address)
    await expectSame(controlPlane)
    await change(controlPlane, 'in PostgreSQL')
  })

  test('can no longer be used in its file', async () => {
    const started = moved.run(null)
    await expect(started).rejects.toThrow(
      /has moved from the database .*fairlead.db to fairlead on/,
    )
    await expect(toPostgres()).rejects.toThrow(/has moved from .*fairlead.db/)
    const copied = backUp(moved.file, `${moved.file}.copy`, { force: false })
    await expect(copied).rejects.toThrow(/has moved from .*fairlead.db to fairlead on/)
  })

  test('is the same in a file again, while a control plane is disconnected', async () => {
    const disconnected = await Store.connect(moved.address, defaultKeyFile(moved.file), {
      lost: nothing,
      restored: nothing,
    })
    await runSql(
      server,
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name like 'fairlead%'",
    )
    await toSqlite()
    const written = disconnected.transaction(Authority.system, async () => {})
    await expect(written).rejects.toThrow(/This control plane only reads/)
    await disconnected.close()
    await using controlPlane = await moved.run(null)
    await expectSame(controlPlane)
    await change(controlPlane, 'in a file')
    expect(readdirSync(moved.directory).filter((name) => /replaced/.test(name))).toHaveLength(1)
  })

  test('can no longer be used in PostgreSQL, nor moved there over it', async () => {
    const started = moved.run(moved.address)
    await expect(started).rejects.toThrow(
      /has moved from the database fairlead on .* to .*fairlead.db at/,
    )
    await expect(toPostgres()).rejects.toThrow(/Move to a new database/)
  })

  test('can be used in PostgreSQL all the same', async () => {
    await moved.withPlaces((_, database) => undoMove(database))
    await using controlPlane = await moved.run(moved.address)
    const path = `/lb/v1/regions/fr-par/lbs/${ids.lbs}`
    expect((await controlPlane.call('GET', path)).body.name).toBe('in PostgreSQL')
    await expect(toPostgres()).rejects.toThrow(/Fairlead is using the database .*127.0.0.1/)
  })

  test('is not moved over another installation', async () => {
    await expect(toPostgres()).rejects.toThrow(
      /There is an installation in the database fairlead on/,
    )
    await expect(toSqlite()).rejects.toThrow(/There is an installation in .*fairlead.db already/)
  })
})
