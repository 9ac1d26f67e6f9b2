import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { exited, freePort, startProcess } from '#lib/testing/control-plane/control-plane-process.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'

const PRESENT =
  "select pid, mode from pg_locks where objid = 1179207023 and locktype = 'advisory' and granted"
const TIMEOUT_MS = 60_000

describe.skipIf(missingPrograms('postgres'))('control planes on one database', () => {
  let server: ServerProgram
  let directory: string
  let running: RunningControlPlane[] = []
  const keyFile = () => join(directory, 'secrets.key')
  const start = async (hasLocalNodes: boolean) => {
    const database = databaseOn(server)
    const started = await runControlPlane({ database, keyFile: keyFile(), hasLocalNodes })
    running.push(started)
    return started
  }

  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    directory = mkdtempSync(join(tmpdir(), 'fairlead-presence-'))
  })
  afterEach(async () => {
    for (const controlPlane of running) await controlPlane.stop()
    running = []
  })
  afterAll(async () => {
    await server.remove()
    rmSync(directory, { recursive: true })
  })

  const machine = `${hostname()} (127.0.0.1)`

  test('are refused in words beside one whose machine runs nodes', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await start(true)
    await Promise.all([
      expect(start(true)).rejects.toThrow(
        'This machine runs nodes, so its control plane must be the only one on the database. ' +
          `Another one runs on ${machine}. Stop that one, or start this one without the role node: ` +
          'FAIRLEAD_ROLES=control-plane,console.',
      ),
      expect(start(false)).rejects.toThrow(
        `The control plane on ${machine} must be the only one on the database, because its machine runs nodes. `,
      ),
    ])
  })

  test('can be several if no machine of theirs runs nodes', { timeout: TIMEOUT_MS }, async () => {
    await Promise.all([start(false), start(false)])
    await expect(start(true)).rejects.toThrow(`Another one runs on ${machine}.`)
  })

  test('that run nodes follow each other, also if one was killed or its connection was cut', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const spawn = async (name: string) => {
      const dataDir = join(directory, name)
      mkdirSync(dataDir, { recursive: true })
      const settings = { database: databaseOn(server), keyFile: keyFile(), hasLocalNodes: true }
      return startProcess(dataDir, await freePort(), { settings })
    }
    const first = await spawn('first')
    const [held] = await runSql(server, PRESENT)
    expect(held?.mode).toBe('ExclusiveLock')
    await runSql(server, `select pg_terminate_backend(${held?.pid})`)
    const again = await waitFor('the lock', async () => {
      const [row] = await runSql(server, PRESENT)
      return row?.pid !== held?.pid && row
    })
    expect(again.mode).toBe('ExclusiveLock')
    const second = spawn('second')
    const waiting = "select pid from pg_stat_activity where application_name like 'fairlead on %'"
    await waitFor('the second one', async () => (await runSql(server, waiting)).length === 2)
    const end = exited(first)
    first.kill('SIGKILL')
    await end
    const child = await second
    const ended = exited(child)
    child.kill('SIGKILL')
    await ended
  })
})
