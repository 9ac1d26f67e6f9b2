import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { reportPath } from '#lib/protocol/stream.ts'
import {
  joinNode,
  postToNodeListener,
  runJoinableControlPlane,
} from '#lib/testing/control-plane/joined-node.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { defaultKeyFile } from '../secrets/key-file.ts'
import { checkDatabase } from '../store/dialect/sqlite/check-database.ts'
import { backUp } from './back-up.ts'
import { restore } from './restore.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'
let directory: string
let file: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-backup-'))
  file = join(directory, 'copy.db')
})
afterEach(() => rmSync(directory, { recursive: true }))

test('a backup during writes contains every acknowledged write', async () => {
  await using controlPlane = await runControlPlane()
  const { databaseFile } = controlPlane.settings
  const acknowledged: string[] = []
  let writing = true
  const writers = ['a', 'b', 'c'].map(async (name) => {
    while (writing) acknowledged.push((await controlPlane.call('POST', LBS, { name })).body.id)
  })
  for (let copy = 0; copy < 5; copy++) {
    await expect.poll(() => acknowledged.length).toBeGreaterThan(copy * 3)
    const before = [...acknowledged]
    const summary = await backUp(databaseFile, file, { force: copy > 0 })
    expect(summary.lbs).toBeGreaterThanOrEqual(before.length)
    using copied = new DatabaseSync(file, { readOnly: true })
    const ids = new Set(
      copied
        .prepare('select id from lbs')
        .all()
        .map(({ id }) => id),
    )
    expect(before.filter((id) => !ids.has(id))).toEqual([])
    const torn = copied.prepare(
      'select id from lbs where (select count(*) from changes where lb_id = lbs.id) <> 2',
    )
    expect(torn.all()).toEqual([])
  }
  writing = false
  await Promise.all(writers)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(directory)).toEqual(['copy.db'])
})

test('a file is replaced only with --force', async () => {
  await using controlPlane = await runControlPlane()
  const { databaseFile } = controlPlane.settings
  writeFileSync(file, 'precious')
  await expect(backUp(databaseFile, file, { force: false })).rejects.toThrow(/exists already/)
  expect(statSync(file).size).toBe(8)
  await backUp(databaseFile, file, { force: true })
  expect(checkDatabase(file).lbs).toBe(0)
  const nowhere = join(directory, 'none', 'copy.db')
  await expect(backUp(databaseFile, nowhere, { force: false })).rejects.toThrow(
    /directory of .* does not exist/,
  )
  await expect(backUp(join(directory, 'none.db'), file, { force: true })).rejects.toThrow(
    /no database .*FAIRLEAD_DATA_DIR/,
  )
  expect(readdirSync(directory)).toEqual(['copy.db'])
})

test('a backup is restored, and the replaced database is kept', async () => {
  const databaseFile = join(directory, 'data', 'fairlead.db')
  const start = () => runControlPlane({ databaseFile })
  const keyFile = defaultKeyFile(databaseFile)
  let controlPlane = await start()
  await controlPlane.call('POST', LBS, { name: 'kept' })
  await backUp(databaseFile, file, { force: false })
  await controlPlane.call('POST', LBS, { name: 'later' })
  expect(() => restore(file, databaseFile, { keyFile })).toThrow(
    /in use by another process. Stop Fairlead/,
  )
  await controlPlane.stop()

  chmodSync(file, 0o444)
  const now = new Date('2026-03-01T10:00:00.000Z')
  const { summary, replacedFile } = restore(file, databaseFile, { keyFile, now })
  expect(summary).toMatchObject({ lbs: 1, changes: 2 })
  expect(replacedFile).toBe(`${databaseFile}.replaced-2026-03-01T10-00-00-000Z`)
  expect(checkDatabase(replacedFile as string).lbs).toBe(2)
  expect(statSync(databaseFile).mode & 0o777).toBe(0o600)

  controlPlane = await start()
  const { body } = await controlPlane.call('GET', LBS)
  expect(body.lbs.map(({ name }: { name: string }) => name)).toEqual(['kept'])
  await controlPlane.stop()
})

test('a file that is not a backup is refused, and nothing is replaced', async () => {
  const databaseFile = join(directory, 'fairlead.db')
  const controlPlane = await runControlPlane({ databaseFile })
  for (let i = 0; i < 20; i++) await controlPlane.call('POST', LBS, { name: `lb ${i}` })
  await backUp(databaseFile, file, { force: false })
  await controlPlane.stop()

  const refused = (path: string, words: RegExp) => {
    const keyFile = defaultKeyFile(databaseFile)
    expect(() => restore(path, databaseFile, { keyFile })).toThrow(words)
    expect(checkDatabase(databaseFile).lbs).toBe(20)
  }
  refused(join(directory, 'none'), /There is no file/)
  const text = join(directory, 'text')
  writeFileSync(text, 'not a database at all, but long enough to look like one'.repeat(100))
  refused(text, /is not a database/)
  const other = join(directory, 'other.db')
  const foreign = new DatabaseSync(other)
  foreign.exec('create table notes (text)')
  foreign.close()
  refused(other, /not one of Fairlead's/)

  const newer = new DatabaseSync(file)
  newer.exec("insert into kysely_migration values ('9999-later', '2030-01-01')")
  newer.close()
  refused(file, /newer version of Fairlead .*9999-later/)
  truncateSync(file, statSync(file).size / 2)
  refused(file, /damaged|can't be read/)
  expect(existsSync(`${databaseFile}.restoring`)).toBe(false)
})

test('a backup is restored with its key only, or without its secrets if the key is lost', async () => {
  const databaseFile = join(directory, 'data', 'fairlead.db')
  const keyFile = defaultKeyFile(databaseFile)
  const PARIS = '/lb/v1/regions/fr-par'
  const input = { name: 'hook', webhook_config: { uri: 'https://example.com/' } }
  let controlPlane = await runControlPlane({ databaseFile })
  const { id } = (await controlPlane.call('POST', `${PARIS}/subscribers`, input)).body
  const { keyId } = await backUp(databaseFile, file, { force: false })
  expect(keyId).toMatch(/^[0-9a-f]{16}$/)
  expect(readFileSync(file, 'latin1')).not.toContain(readFileSync(keyFile, 'latin1').trim())
  await controlPlane.stop()

  const own = readFileSync(keyFile)
  const database = readFileSync(databaseFile)
  const refused = (words: RegExp) => {
    expect(() => restore(file, databaseFile, { keyFile })).toThrow(words)
    expect(readFileSync(databaseFile).equals(database)).toBe(true)
  }
  rmSync(keyFile)
  refused(/copy\.db can't be restored with this key\. .* is missing .* Nothing was replaced\.$/)
  writeFileSync(keyFile, `${Buffer.alloc(32, 7).toString('base64')}\n`)
  refused(/encrypted with the key [0-9a-f]{16}, and .* holds the key/)
  writeFileSync(keyFile, own)
  restore(file, databaseFile, { keyFile })

  rmSync(keyFile)
  restore(file, databaseFile, { keyFile, resetSecrets: true })
  expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  expect(checkDatabase(databaseFile).keyId).not.toBe(keyId)
  controlPlane = await runControlPlane({ databaseFile })
  const { subscribers } = (await controlPlane.call('GET', `${PARIS}/subscribers`)).body
  expect(subscribers).toMatchObject([{ id, ...input }])
  const renewed = await controlPlane.call('POST', `/fairlead/v1/subscribers/${id}/secret`)
  expect(renewed.body.secret).toMatch(/^whsec_/)
  await controlPlane.stop()
})

test('nodes of other machines connect after a restore, and join again if the key is lost', async () => {
  const databaseFile = join(directory, 'data', 'fairlead.db')
  const keyFile = defaultKeyFile(databaseFile)
  const joined = await (async () => {
    await using controlPlane = await runJoinableControlPlane({ databaseFile })
    const node = await joinNode(controlPlane)
    await backUp(databaseFile, file, { force: false })
    return node
  })()
  /** What the control plane answers the node. @returns its status, and the reason of a refusal */
  const answered = async () => {
    await using controlPlane = await runJoinableControlPlane({ databaseFile })
    // It doesn't verify the server, so that it gets an answer of another authority too.
    const { ca: _, ...identity } = joined.identity
    const path = reportPath(1)
    const { status, body } = await postToNodeListener(controlPlane, path, { lbs: [] }, identity)
    return [status, body.reason]
  }
  restore(file, databaseFile, { keyFile })
  expect(await answered()).toEqual([204, undefined])
  rmSync(keyFile)
  restore(file, databaseFile, { keyFile, resetSecrets: true })
  expect(await answered()).toEqual([403, 'unknown_issuer'])
})
