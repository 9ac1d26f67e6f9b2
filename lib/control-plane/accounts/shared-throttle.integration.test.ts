import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import {
  BFF_SECRET,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }

describe.skipIf(missingPrograms('postgres'))('wrong passwords at several control planes', () => {
  let server: ServerProgram
  let directory: string
  let all: RunningControlPlane[] = []
  const start = () =>
    runControlPlane({
      database: databaseOn(server),
      keyFile: join(directory, 'secrets.key'),
      admin: ADA,
      hasLocalNodes: false,
      nodes: [],
    })
  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    directory = mkdtempSync(join(tmpdir(), 'fairlead-throttle-'))
  })
  beforeEach(async () => {
    all = [await start(), await start()]
  })
  afterEach(async () => {
    await runSql(server, 'delete from throttled_keys')
    for (const controlPlane of all) await controlPlane.stop()
  })
  afterAll(async () => {
    await server.remove()
    rmSync(directory, { recursive: true })
  })

  const logIn = async (at: number, password: string, address = '192.0.2.1') => {
    const headers = { 'X-Fairlead-Bff-Secret': BFF_SECRET, 'X-Fairlead-Client-Ip': address }
    const input = { email: ADA.email, password }
    return (await all[at % all.length]?.call('POST', '/fairlead/v1/session', input, headers))
      ?.status
  }

  test('are counted together, and a restart forgets none', async () => {
    const answers: unknown[] = []
    for (let guess = 0; guess < 10; guess += 1) answers.push(await logIn(guess, `wrong ${guess}`))
    expect(answers).toEqual(Array.from({ length: 10 }, () => 401))
    expect([await logIn(0, ADA.password), await logIn(1, ADA.password)]).toEqual([429, 429])
    await all[1]?.stop()
    all[1] = await start()
    expect(await logIn(1, ADA.password)).toBe(429)
    expect(await logIn(1, ADA.password, '192.0.2.2')).toBe(200)
  })

  test('that are tried at the same time are no more than ten', async () => {
    const guesses = Array.from({ length: 60 }, (_, guess) => logIn(guess, `wrong ${guess}`))
    const answers = await Promise.all(guesses)
    // Those that find the queue of hashes full are not checked.
    expect(answers.filter((status) => status === 401).length).toBeLessThanOrEqual(10)
    for (let guess = 0; guess < 10; guess += 1) answers.push(await logIn(guess, `late ${guess}`))
    expect(answers.filter((status) => status === 401)).toHaveLength(10)
    expect(answers.filter((status) => ![401, 429, 503].includes(status ?? 0))).toEqual([])
  })

  test('are forgiven by a right one at any of them', async () => {
    const guess = async (count: number) => {
      const answers: unknown[] = []
      for (let at = 0; at < count; at += 1) answers.push(await logIn(at, 'wrong'))
      return answers.filter((status) => status === 401).length
    }
    expect(await guess(9)).toBe(9)
    expect(await logIn(1, ADA.password)).toBe(200)
    expect(await guess(9)).toBe(9)
    expect(await logIn(0, ADA.password)).toBe(200)
  })
})
