import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { timestamp } from '../clock.ts'
import { ensureApiToken, hashOf } from '../tokens/api-tokens.ts'
import { Authority } from './authority.ts'

/** The files that write with the control plane's own authority, and what they write. */
const OWN = {
  'accounts/accounts.ts': 'the first account, after its link or settings were checked',
  'accounts/sessions.ts': 'the last use of a session; its logout, for the holder of its token',
  'accounts/shared-failure-counts.ts': 'failed attempts to log in',
  'audit/audit-log.ts': 'logins, denials and the like',
  'control-plane.ts': 'the pairs that nodes form, at the start',
  'failovers/switchovers.ts':
    'failovers that hosts and the supervisor report, and what completes them',
  'leadership/candidacy.ts': 'which control plane is the leader',
  'leadership/start-leadership.ts': 'what the leader does, where there is only one process',
  'locks/lock-session.ts': 'who holds a lock among the control planes',
  'nodes/hosts/address-changes.ts': 'the address of a host that connects with its certificate',
  'nodes/registry/last-seen.ts': 'when a node was last heard of',
  'nodes/registry/stored-node-registry.ts':
    'the nodes that the supervisor runs, and renewed certificates',
  'replicas/replicas.ts': 'that this control plane is there',
  'services/act.ts': 'what a caller has ordered, after the caller was checked',
  'services/certificates/create-certificate.ts': 'the result of an accepted request',
  'services/nodes/region-placement.ts': 'the pairs that nodes form, before they are shown',
  'store/installation-identity.ts': 'what is generated at the first start',
  'store/store.ts': 'secrets of earlier versions, which it encrypts when it opens',
  'tokens/api-tokens.ts': "the settings' API token",
  'tokens/token-uses.ts': 'the last use of a token',
}

const ROOT = 'lib/control-plane'
const sources = globSync('**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'))
const textOf = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8')

test("only the listed files write with the control plane's own authority", () => {
  const found = sources.filter((file) => textOf(file).includes('Authority.system'))
  expect(found.sort()).toEqual(Object.keys(OWN).sort())
})

test('hosts are ordered only with an authority', () => {
  // Everything else has `HostReports`, which can't send.
  const sending = sources.filter((file) => /\bHostLinks\b|\bhosts\.send\(/.test(textOf(file)))
  expect(sending.sort()).toEqual([
    'control-plane.ts',
    'http/node-app.ts',
    'nodes/hosts/host-connections.ts',
    'nodes/hosts/host-links.ts',
    'nodes/hosts/host-orders.ts',
    'placement/start-placement.ts',
  ])
  expect(textOf('http/node-app.ts').match(/hosts\.send\(.*/g)).toEqual([
    "hosts.send(peer, { type: 'ping' })",
  ])
})

test('the only way to write to the store is a transaction with an authority', () => {
  // Only the store has Kysely's handle, and what moves a store while no control plane runs.
  const opened = sources.filter((file) =>
    /new Kysely\b|openSqlite\(|withoutPlugins/.test(textOf(file)),
  )
  expect(opened.sort()).toEqual([
    'store/dialect/postgres/postgres-place.ts',
    'store/dialect/sqlite/sqlite-dialect.ts',
    'store/dialect/sqlite/sqlite-place.ts',
    'store/store.ts',
  ])
  const used = textOf('store/store.ts').match(/#db\.\w+/g)
  expect(new Set(used)).toEqual(new Set(['#db.transaction', '#db.destroy']))
  expect(textOf('store/reader.ts')).toContain("Reader = Pick<Kysely<Tables>, 'selectFrom'>")
})

test('a transaction checks its authority first, and writes nothing after a revocation', async () => {
  const store = await openTestStore()
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

  // The second one waits for the first.
  const expires_at = timestamp()
  const begun = Promise.withResolvers<void>()
  const revocation = store.transaction(Authority.system, (writer) => {
    begun.resolve()
    return writer.updateTable('api_tokens').set({ expires_at }).execute()
  })
  await begun.promise
  await expect(set(writing, 'second')).rejects.toMatchObject({ status: 401 })
  await revocation
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
