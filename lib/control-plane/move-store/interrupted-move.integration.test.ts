import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { furnish } from '#lib/testing/control-plane/furnished.ts'
import { MovedStore } from '#lib/testing/control-plane/moved-store.ts'
import { databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { POSTGRES_USER, startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { moveStore } from './move-store.ts'
import type { Place } from './place.ts'

const { key, certificate } = makeCertificate()
const PROGRAM = join(import.meta.dirname, '../../supervisor/move-store.ts')
const LBS = '/lb/v1/regions/fr-par/lbs'

describe.skipIf(missingPrograms('postgres'))('an interrupted move', () => {
  let server: ServerProgram
  let address: DatabaseAddress
  let moved: MovedStore
  const nothing = () => {}

  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    await waitFor('PostgreSQL accepts connections', () => runSql(server, 'select 1'))
  })
  afterAll(() => server.remove())

  beforeEach(async () => {
    const database = `of_${performance.now().toFixed(0)}`
    await runSql(server, `create database ${database}`)
    address = databaseOn(server, { database })
    moved = new MovedStore(address)
    await using controlPlane = await moved.run(null)
    await furnish(controlPlane, key + certificate)
  })
  afterEach(() => moved.remove())

  /** Runs `npm run move-store` and kills it when it has printed some lines. @returns its exit code; null if it was killed */
  async function runProcess(to: 'postgres' | 'sqlite', lines = Number.POSITIVE_INFINITY) {
    const { hosts, database } = address
    const url = `postgres://${POSTGRES_USER}@${hosts[0]?.host}:${hosts[0]?.port}/${database}?sslmode=disable`
    const env = {
      ...process.env,
      ...{ FAIRLEAD_DATABASE_URL: url, FAIRLEAD_DATA_DIR: moved.directory },
    }
    const child = spawn(process.execPath, [PROGRAM, '--to', to], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
    let seen = 0
    for await (const _ of createInterface(child.stdout)) {
      seen += 1
      if (seen === lines) child.kill('SIGKILL')
    }
    return exit
  }

  /** The one store that can be used, while the other is empty or refused. */
  async function expectOne(usable: DatabaseAddress | null): Promise<void> {
    const other = usable ? null : address
    const [state] = await moved.withPlaces((file, database) =>
      Promise.all([other ? database.readMove() : file.readMove()]),
    )
    if (state) await expect(moved.run(other)).rejects.toThrow(/has not finished|has moved/)
    await using controlPlane = await moved.run(usable)
    expect((await controlPlane.call('GET', LBS)).body.total_count).toBe(1)
  }

  test('by SIGKILL leaves one usable store, and starts over', { timeout: 240_000 }, async () => {
    for (let lines = 1; lines <= 39; lines += 2) {
      expect(await runProcess('postgres', lines)).toBe(null)
      const [table] = await runSql(
        server,
        "select to_regclass('lbs')::text as name",
        address.database,
      )
      const rows = table?.name ? await runSql(server, 'select id from lbs', address.database) : []
      const { length } = rows
      const place = await moved.withPlaces((file) => file.readMove())
      expect([lines, length, place]).toEqual([lines, 0, null])
    }
    await expectOne(null)
    expect(await runProcess('postgres')).toBe(0)
    await expectOne(address)
    for (let lines = 1; lines <= 39; lines += 6) {
      expect(await runProcess('sqlite', lines)).toBe(null)
    }
    await expectOne(address)
    expect(await runProcess('sqlite')).toBe(0)
    await expectOne(null)
  })

  /** A place at which a step of the move fails, before or after it is done. */
  function failing(place: Place, step: 'publish' | 'leave' | 'release', when: 'before' | 'after') {
    const wrap =
      <A extends unknown[]>(work: (...args: A) => Promise<void>) =>
      async (...args: A) => {
        if (when === 'after') await work(...args)
        throw new Error('interrupted')
      }
    const openTarget: Place['openTarget'] = async (move) => {
      const target = await place.openTarget(move)
      return step === 'publish' ? { ...target, publish: wrap(target.publish) } : target
    }
    const openSource: Place['openSource'] = async () => {
      const source = await place.openSource()
      return step === 'leave' ? { ...source, leave: wrap(source.leave) } : source
    }
    const release = step === 'release' ? wrap(place.release) : place.release
    return { ...place, openTarget, openSource, release }
  }

  test.each([
    ['publish', 'before', true],
    ['publish', 'after', true],
    ['leave', 'before', true],
    ['leave', 'after', false],
    ['release', 'before', false],
    ['release', 'after', false],
  ] as const)(
    'at its end is finished by the next: %s, %s it',
    async (step, when, isSourceUsable) => {
      const isDone = step === 'release' && when === 'after'
      const interrupted = moved.withPlaces((file, database) =>
        moveStore(failing(file, step, when), failing(database, step, when), nothing),
      )
      await expect(interrupted).rejects.toThrow('interrupted')
      if (!isDone) await expect(moved.run(address)).rejects.toThrow(/has not finished/)
      if (isSourceUsable) await expectOne(null)
      else await expect(moved.run(null)).rejects.toThrow(/has moved/)
      if (!isDone) await moved.withPlaces((file, database) => moveStore(file, database, nothing))
      await expectOne(address)
      const back = moved.withPlaces((file, database) =>
        moveStore(failing(database, step, when), failing(file, step, when), nothing),
      )
      await expect(back).rejects.toThrow('interrupted')
      if (!isDone) await moved.withPlaces((file, database) => moveStore(database, file, nothing))
      await expectOne(null)
    },
  )

  test('because of a value that PostgreSQL can’t store leaves the source as it was', async () => {
    const database = new DatabaseSync(moved.file)
    database.exec("update lbs set description = 'a' || char(0)")
    const { id } = database.prepare('select id from lbs').get() ?? {}
    database.close()
    const failed = moved.withPlaces((file, other) => moveStore(file, other, nothing))
    await expect(failed).rejects.toThrow(`Table lbs, id ${id}: description is not a valid text.`)
    await expectOne(null)
  })
})
