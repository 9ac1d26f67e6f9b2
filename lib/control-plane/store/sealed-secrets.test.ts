import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { backUp } from '../backup/back-up.ts'
import { openSqlite } from './dialect/sqlite/sqlite-dialect.ts'
import { MIGRATIONS } from './schema-version.ts'
import { Store } from './store.ts'

const PARIS = '/lb/v1/regions/fr-par'
let directory: string
let databaseFile: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-sealed-'))
  databaseFile = join(directory, 'fairlead.db')
})
afterEach(() => rmSync(directory, { recursive: true }))

/** The files of the directory that hold any of these texts. */
function filesWith(texts: string[]): string[] {
  return readdirSync(directory).filter((name) => {
    const content = readFileSync(join(directory, name), 'latin1')
    return texts.some((text) => content.includes(text))
  })
}

describe.skipIf(missingPrograms('openssl'))('a certificate', () => {
  test("is never stored in plain text, and is erased from the database's files when it is deleted", async () => {
    const { key, certificate } = makeCertificate({ names: 'DNS:a.example' })
    const lines = key.split('\n').slice(1, -2)
    await using controlPlane = await runControlPlane({ databaseFile })
    const call = async (method: string, path: string, body?: unknown) =>
      (await controlPlane.call(method, PARIS + path, body)).body
    const lb = await call('POST', '/lbs', { name: 'lb' })
    const imported = { name: 'c', custom_certificate: { certificate_chain: key + certificate } }
    const kept = await call('POST', `/lbs/${lb.id}/certificates`, imported)
    const { id } = await call('POST', `/lbs/${lb.id}/certificates`, imported)
    const details = await controlPlane.call('GET', `/fairlead/v1/certificates/${id}`)
    expect(details.body).toMatchObject({ key: 'EC, prime256v1' })
    const sealedOf = (certificateId: string) => {
      using database = new DatabaseSync(databaseFile, { readOnly: true })
      const row = database
        .prepare('select sealed_pem as text from certificate_chains where certificate_id = ?')
        .get(certificateId)
      return String(row?.text)
    }
    // A page of SQLite's is shorter than the whole text.
    const pieces = (text: string) => text.match(/.{200}/g) ?? []
    const sealed = pieces(sealedOf(id))
    expect(sealed.length).toBeGreaterThan(2)
    expect(filesWith(sealed)).toEqual(['fairlead.db-wal'])
    await backUp(databaseFile, join(directory, 'backup.db'), { force: false })
    expect(filesWith(lines)).toEqual([])
    expect(filesWith(sealed)).toContain('backup.db')
    rmSync(join(directory, 'backup.db'))

    await call('DELETE', `/certificates/${id}`)
    await backUp(databaseFile, join(directory, 'later.db'), { force: false })
    expect(filesWith(sealed)).toEqual([])
    const others = pieces(sealedOf(kept.id))
    expect(filesWith(others)).toEqual(['fairlead.db', 'later.db'])

    rmSync(join(directory, 'later.db'))
    await call('DELETE', `/lbs/${lb.id}`)
    expect(filesWith([...sealed, ...others, ...lines])).toEqual([])
  })
})

test("a webhook's secret is never stored in plain text, and a replaced one is erased", async () => {
  await using receiver = await receiveWebhooks()
  await using controlPlane = await runControlPlane({ databaseFile })
  const input = { name: 'x', webhook_config: { uri: receiver.uri } }
  const { id } = (await controlPlane.call('POST', `${PARIS}/subscribers`, input)).body
  const renew = async () =>
    (await controlPlane.call('POST', `/fairlead/v1/subscribers/${id}/secret`)).body.secret
  const sealedNow = () => {
    using database = new DatabaseSync(databaseFile, { readOnly: true })
    return String(
      database.prepare('select sealed_secret as text from subscriber_secrets').get()?.text,
    )
  }
  const secrets: string[] = [await renew()]
  const first = sealedNow()
  expect(filesWith([first])).not.toEqual([])
  secrets.push(await renew())
  expect(filesWith([first])).toEqual([])
  const second = sealedNow()
  await controlPlane.call('DELETE', `${PARIS}/lb/subscriber/${id}`)
  expect(filesWith([second])).toEqual([])
  expect(filesWith(secrets.map((secret) => secret.slice(6)))).toEqual([])
})

test('a deleted secret is erased once no process reads the write-ahead log any more', async () => {
  await using controlPlane = await runControlPlane({ databaseFile })
  const input = { name: 'x', webhook_config: { uri: 'https://example.com/' } }
  const { id } = (await controlPlane.call('POST', `${PARIS}/subscribers`, input)).body
  using reader = new DatabaseSync(databaseFile, { readOnly: true })
  const { text } =
    reader.prepare('select sealed_secret as text from subscriber_secrets').get() ?? {}
  reader.exec('begin')
  reader.prepare('select count(*) from subscribers').get()
  expect((await controlPlane.call('DELETE', `${PARIS}/lb/subscriber/${id}`)).status).toBe(204)
  expect(filesWith([String(text)])).not.toEqual([])
  reader.exec('commit')
  await expect.poll(() => filesWith([String(text)]), { timeout: 20_000 }).toEqual([])
  expect(statSync(`${databaseFile}-wal`).size).toBe(0)
})

test("an earlier version's secrets are encrypted, and those that it deleted are erased", async () => {
  const secrets = [
    'a key in plain text',
    'whsec_in_plain_text',
    'an auth secret in plain text',
    'a deleted key',
  ]
  {
    // biome-ignore lint/suspicious/noExplicitAny: the tables are those of the earlier version.
    const db = new Kysely<any>({ dialect: openSqlite(databaseFile).kysely })
    const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
    const before = Object.keys(MIGRATIONS)
      .filter((name) => name < '0019')
      .at(-1) as string
    expect((await migrator.migrateTo(before)).error).toBeUndefined()
    await db.destroy()
    using database = new DatabaseSync(databaseFile)
    database.exec('pragma foreign_keys = off')
    const [pem = '', secret = '', auth = '', deleted = ''] = secrets
    database.prepare('insert into certificate_chains values (?, ?)').run('c', pem)
    database.prepare('insert into subscriber_secrets values (?, ?)').run('s', secret)
    database.prepare('insert into settings values (?, ?)').run('auth_secret', auth)
    database.prepare('insert into certificate_chains values (?, ?)').run('d', deleted.repeat(500))
    database.exec("delete from certificate_chains where certificate_id = 'd'")
  }
  expect(filesWith(['a deleted key'])).not.toEqual([])
  const store = await Store.open(databaseFile)
  expect(filesWith(secrets)).toEqual([])
  const chain = await store.reader
    .selectFrom('certificate_chains')
    .selectAll()
    .executeTakeFirstOrThrow()
  expect(store.secrets.open(chain.sealed_pem, { table: 'certificate_chains', id: 'c' })).toBe(
    secrets[0],
  )
  const signing = await store.reader
    .selectFrom('subscriber_secrets')
    .selectAll()
    .executeTakeFirstOrThrow()
  expect(store.secrets.open(signing.sealed_secret, { table: 'subscriber_secrets', id: 's' })).toBe(
    secrets[1],
  )
  await store.close()
  expect(filesWith(secrets)).toEqual([])
})

test('without its key a database is not opened and not changed, and the error says why', async () => {
  const keyFile = join(directory, 'secrets.key')
  await (await Store.open(databaseFile)).close()
  const key = readFileSync(keyFile)
  const database = readFileSync(databaseFile)
  rmSync(keyFile)
  await expect(Store.open(databaseFile)).rejects.toThrow(/key file .*secrets\.key is missing/)
  await expect(Store.open(databaseFile, join(directory, 'none.key'))).rejects.toThrow(/is missing/)
  writeFileSync(keyFile, `${Buffer.alloc(32, 1).toString('base64')}\n`)
  await expect(Store.open(databaseFile)).rejects.toThrow(
    /encrypted with the key [0-9a-f]{16}, and .* holds the key/,
  )
  writeFileSync(keyFile, key)
  expect(readFileSync(databaseFile).equals(database)).toBe(true)
  await (await Store.open(databaseFile)).close()
})
