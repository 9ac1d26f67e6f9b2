import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { lockDataDir } from './installation-lock.ts'

const PROGRAM = join(import.meta.dirname, 'move-store.ts')
/** Nothing listens there. */
const URL = 'postgres://lb:secret@127.0.0.1:1/lb?sslmode=disable'

let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-move-store-'))
  const controlPlane = await runControlPlane({ databaseFile: join(directory, 'fairlead.db') })
  await controlPlane.stop()
})
afterAll(() => rmSync(directory, { recursive: true }))

function run(args: string[], url?: string) {
  const env: NodeJS.ProcessEnv = { ...process.env, FAIRLEAD_DATA_DIR: directory }
  if (url) env.FAIRLEAD_DATABASE_URL = url
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    env,
    encoding: 'utf8',
  })
  return { status, line: stderr.split('\n').find((one) => !/Warning|trace-warnings/.test(one)) }
}

describe('npm run move-store refuses', () => {
  test.each([
    ['no target', [], undefined, /^Usage:/],
    ['two commands', ['--to', 'sqlite', '--undo'], undefined, /^Usage:/],
    ['a URL that is none', ['--to', 'mysql://x'], undefined, /^--to must be the URL of a Postgre/],
    ['to move back from nowhere', ['--to', 'sqlite'], undefined, /^Set FAIRLEAD_DATABASE_URL/],
    [
      'two databases',
      ['--to', URL],
      URL.replace(':1/', ':2/'),
      /^The store is in the database of FA/,
    ],
    [
      'a database that is away',
      ['--to', URL],
      undefined,
      /^PostgreSQL on 127.0.0.1:1 can't be reac/,
    ],
    [
      'to undo what was not done',
      ['--undo'],
      undefined,
      /^No store has moved away from .*fairlead.db/,
    ],
  ])('%s', (_, args, url, message) => {
    const { status, line } = run(args, url)
    expect([status, line]).toEqual([1, expect.stringMatching(message)])
    expect(line).not.toContain('secret')
  })

  test('while Fairlead runs', () => {
    const lock = lockDataDir(directory)
    const { status, line } = run(['--to', URL])
    lock.release()
    expect([status, line]).toEqual([1, expect.stringMatching(/^Fairlead is already running/)])
  })
})
