import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { timestamp } from '../clock.ts'
import { Store } from '../store/store.ts'
import { ensureApiToken, hashOf } from '../tokens/api-tokens.ts'
import { Authority } from './authority.ts'

/** Who may write on the control plane's own authority, and what that is. Services are not here, but for two. */
const OWN = {
  'accounts/accounts.ts': 'the first account, whose link or settings are checked before',
  'accounts/sessions.ts': 'when a session was used last; its end, for whoever has its token',
  'audit/audit-log.ts': 'what happened',
  'audit/prune-history.ts': 'lines of the history that are too old',
  'audit/prune.ts': 'lines that are too old',
  'audit/syslog/syslog-forwarder.ts': 'how far the audit has been sent',
  'failovers/failover-history.ts': 'what the supervisor reports',
  'nodes/registry/stored-node-registry.ts': 'the nodes that the supervisor runs',
  'notifications/alert-monitor.ts': 'alerts that fire or resolve',
  'notifications/outbox.ts': 'what became of a delivery',
  'services/certificates/settle-letsencrypt.ts': 'what becomes of an accepted request',
  'store/settings.ts': 'what is made at the first start',
  'store/store.ts': 'secrets of earlier versions, which it encrypts at the start',
  'tokens/api-tokens.ts': "the settings' API token",
  'tokens/token-uses.ts': 'when a token was used last',
}

const ROOT = 'lib/control-plane'
const sources = globSync('**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'))
const textOf = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8')

test('nothing writes on the control plane’s own authority but what is listed', () => {
  const found = sources.filter((file) => textOf(file).includes('Authority.system'))
  expect(found.sort()).toEqual(Object.keys(OWN).sort())
})

test('the store has no other way to write than a transaction with an authority', () => {
  // Kysely's own handle stays in the store, where nothing else can reach it.
  const opened = sources.filter((file) =>
    /new Kysely\b|openSqlite\(|withoutPlugins/.test(textOf(file)),
  )
  expect(opened.sort()).toEqual(['store/dialect/sqlite/sqlite-dialect.ts', 'store/store.ts'])
  const used = textOf('store/store.ts').match(/#db\.\w+/g)
  expect(new Set(used)).toEqual(new Set(['#db.transaction', '#db.destroy']))
  expect(textOf('store/store.ts')).toContain("Reader = Pick<Kysely<Tables>, 'selectFrom'>")
})

test('a transaction begins with its authority, and writes nothing once that has ended', async () => {
  const store = await Store.open(':memory:')
  const secretKey = '11111111-2222-4333-8444-555555555555'
  await ensureApiToken(store, { accessKey: 'SCWTESTTESTTESTTEST1', secretKey })
  const set = (authority: Authority, value: string) =>
    store.transaction(authority, (writer) =>
      writer
        .insertInto('settings')
        .values({ key: 'k', value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute(),
    )
  const value = async () =>
    (await store.reader.selectFrom('settings').select('value').where('key', '=', 'k').execute())[0]
  const credential = { kind: 'token', hash: hashOf(secretKey), address: '127.0.0.1' } as const
  const writing = Authority.ofCaller(credential, 'write', 'lbs')
  await set(writing, 'first')

  // Both are asked for at once: the transactions come one after the other.
  const expires_at = timestamp()
  const ending = store.transaction(Authority.system, (writer) =>
    writer.updateTable('api_tokens').set({ expires_at }).execute(),
  )
  await expect(set(writing, 'second')).rejects.toMatchObject({ status: 401 })
  await ending
  expect(await value()).toEqual({ value: 'first' })

  await store.transaction(Authority.system, (writer) =>
    writer.updateTable('api_tokens').set({ expires_at: null, scope: 'read_only' }).execute(),
  )
  await expect(set(writing, 'third')).rejects.toMatchObject({
    status: 403,
    body: { details: [{ action: 'write', resource: 'lbs' }] },
  })
  await set(Authority.ofCaller(credential, 'read', 'lbs'), 'fourth')
  expect(await value()).toEqual({ value: 'fourth' })
  await store.close()
})
