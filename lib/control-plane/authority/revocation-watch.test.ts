import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { timestamp } from '../clock.ts'
import { Authority } from './authority.ts'
import { RevocationWatch } from './revocation-watch.ts'

const HOUR_MS = 60 * 60_000

/** A store with an account, two of its sessions and a token of it, whose hashes are their names. */
async function setUp() {
  const store = await openTestStore()
  const at = timestamp()
  const expiresAt = new Date(Date.now() + HOUR_MS).toISOString()
  const account = { email: 'ada@example.com', name: 'Ada', role: 'viewer' as const }
  await store.transaction(Authority.system, async (writer) => {
    const times = { createdAt: at, updatedAt: at }
    await writer
      .insertInto('users')
      .values({ id: 'ada', ...account, ...times, emailVerified: 0, disabled: 0 })
      .execute()
    for (const token of ['one', 'other']) {
      const row = { id: randomUUID(), userId: 'ada', token, ...times, expiresAt }
      await writer.insertInto('sessions').values(row).execute()
    }
  })
  const watch = new RevocationWatch(store.reader, 5)
  const watched = (hash: string) => {
    const { signal, stop } = watch.watch({ kind: 'session', hash })
    onTestFinished(stop)
    return signal
  }
  return { store, watched }
}

test('a session that was ended is found, and the others go on', async () => {
  const { store, watched } = await setUp()
  const [ended, other] = [watched('one'), watched('other')]
  await store.transaction(Authority.system, (writer) =>
    writer.deleteFrom('sessions').where('token', '=', 'one').execute(),
  )
  await waitFor('it is found', () => ended.aborted)
  expect(other.aborted).toBe(false)
})

test('all sessions of a disabled account are found', async () => {
  const { store, watched } = await setUp()
  const signals = [watched('one'), watched('other')]
  await store.transaction(Authority.system, (writer) =>
    writer.updateTable('users').set({ disabled: 1 }).execute(),
  )
  await expect.poll(() => signals.map(({ aborted }) => aborted)).toEqual([true, true])
})

test('a session that has expired is found', async () => {
  const { store, watched } = await setUp()
  const [expired, other] = [watched('one'), watched('other')]
  await store.transaction(Authority.system, (writer) =>
    writer
      .updateTable('sessions')
      .set({ expiresAt: timestamp() })
      .where('token', '=', 'one')
      .execute(),
  )
  await waitFor('it is found', () => expired.aborted)
  expect(other.aborted).toBe(false)
})
