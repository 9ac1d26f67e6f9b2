import { expect, test } from 'vitest'
import { backendInput, runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { openStoreOf } from '#lib/testing/control-plane/test-database.ts'
import { Authority } from '../authority/authority.ts'
import type { Store } from '../store/store.ts'
import { pruneHistory } from './prune-history.ts'

const PARIS = '/lb/v1/regions/fr-par'
const OWN = '/fairlead/v1/lbs'

type Line = { id: number; at: string; verb: string }

/** Creates a load balancer that is changed and one that is deleted. Returns every state of the first. */
async function busyInstallation() {
  const controlPlane = await runControlPlane()
  const { call, settings } = controlPlane
  const ok = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const store = await openStoreOf(settings)
  const lb = await ok('POST', `${PARIS}/lbs`, { name: 'shop' })
  const gone = await ok('POST', `${PARIS}/lbs`, { name: 'gone' })
  const under = `${PARIS}/lbs/${lb.id}`
  const make = (name: string) => ok('POST', `${under}/backends`, backendInput({ name }))
  const web = await make('web')
  await ok('POST', `${PARIS}/lbs/${gone.id}/backends`, backendInput({ name: 'its own' }))
  const frontend = { name: 'public', inbound_port: 80, backend_id: web.id }
  const front = await ok('POST', `${under}/frontends`, frontend)
  const extra = await make('extra')
  await ok('DELETE', `${PARIS}/lbs/${gone.id}`)
  await ok('POST', `${PARIS}/backends/${web.id}/servers`, { server_ip: ['127.0.2.9'] })
  await ok('PUT', `${PARIS}/lbs/${lb.id}`, { name: 'store' })
  await ok('DELETE', `${PARIS}/backends/${extra.id}`)
  await ok('PUT', `${PARIS}/frontends/${front.id}`, { ...frontend, inbound_port: 8080 })
  await make('late')
  await ok('PUT', `${PARIS}/lbs/${lb.id}`, { name: 'shop again' })
  const changes: Line[] = (await ok('GET', `${OWN}/${lb.id}/changes?page_size=100`)).changes
  const stateOf = (id: number) => call('GET', `${OWN}/${lb.id}/changes/${id}/state`)
  return { controlPlane, call, ok, store, lb, gone, changes, stateOf }
}

test('entries before the horizon are hidden, and every later state can still be read and restored', async () => {
  const { controlPlane, ok, call, store, lb, gone, changes, stateOf } = await busyInstallation()
  await using _ = controlPlane
  const states = new Map<number, unknown>()
  for (const { id } of changes) states.set(id, (await stateOf(id)).body)
  const linesOf = async (lbId: string) =>
    store.reader.selectFrom('changes').selectAll().where('lb_id', '=', lbId).execute()
  const total = (await linesOf(lb.id)).length

  // The horizon moves forward in steps.
  for (const cut of changes.toReversed().slice(1)) {
    await pruneHistory({ store, authority: Authority.system }, cut.at)
    for (const { id, at } of changes) {
      const { status, body } = await stateOf(id)
      expect([id, status]).toEqual([id, at < cut.at ? 404 : 200])
      if (status === 200) expect(body).toEqual(states.get(id))
    }
    const kept = changes.filter(({ at }) => at >= cut.at)
    expect((await ok('GET', `${OWN}/${lb.id}/changes?page_size=100`)).changes).toEqual(kept)
    const audit = await store.reader.selectFrom('changes').select('id').execute()
    expect(audit.length).toBeGreaterThan(0)
  }
  // Each of the five objects without a newer entry has one hidden entry.
  expect(total).toBeGreaterThan(10)
  expect(await linesOf(lb.id)).toHaveLength(5)
  expect(await linesOf(gone.id)).toEqual([])
  expect((await call('GET', `${OWN}/${gone.id}/changes`)).status).toBe(404)
  const { status, body } = await call('GET', `${OWN}/${lb.id}/changes/subjects`)
  expect([status, body.resources.map(({ name }: { name: string }) => name)]).toEqual([
    ...[200, ['shop again']],
  ])

  const [last] = changes
  await ok('PUT', `${PARIS}/lbs/${lb.id}`, { name: 'after' })
  await ok('POST', `${PARIS}/lbs/${lb.id}/backends`, backendInput({ name: 'newest' }))
  const restored = await ok('POST', `${OWN}/${lb.id}/restore`, { change_id: last?.id })
  expect(restored.steps.map(({ action }: { action: string }) => action)).toEqual([
    ...['update', 'delete'],
  ])
  await store.close()
})

test('a load balancer deleted after the horizon can be restored', async () => {
  const { controlPlane, ok, store, lb, changes } = await busyInstallation()
  await using _ = controlPlane
  const last = changes[0]
  await ok('DELETE', `${PARIS}/lbs/${lb.id}`)
  // Only its deletion and the change before it are stored.
  await pruneHistory({ store, authority: Authority.system }, last?.at ?? '')
  await ok('POST', `${OWN}/${lb.id}/restore`, { change_id: last?.id })
  const backends = await ok('GET', `${PARIS}/lbs/${lb.id}/backends`)
  expect(backends.backends.map(({ name }: { name: string }) => name)).toEqual(['web', 'late'])
  expect((await ok('GET', `${PARIS}/lbs/${lb.id}`)).frontend_count).toBe(1)
  await store.close()
})

test('after an interruption the history is complete, and the next run continues', async () => {
  const { controlPlane, store, lb, changes, stateOf } = await busyInstallation()
  await using _ = controlPlane
  const states = new Map<number, unknown>()
  for (const { id } of changes) states.set(id, (await stateOf(id)).body)
  const cut = changes[2]
  for (let allowed = 0; ; allowed += 1) {
    let left = allowed
    const transaction: Store['transaction'] = (authority, work) => {
      left -= 1
      return left < 0 ? Promise.reject(Error('interrupted')) : store.transaction(authority, work)
    }
    const failing: Store = Object.assign(Object.create(store), { transaction })
    const outcome = await pruneHistory(
      { store: failing, authority: Authority.system },
      cut?.at ?? '',
      2,
    ).catch(() => 'interrupted')
    for (const { id, at } of changes) {
      const { status, body } = await stateOf(id)
      const hidden = allowed > 0 && at < (cut?.at ?? '')
      expect([allowed, id, status]).toEqual([allowed, id, hidden ? 404 : 200])
      if (status === 200) expect(body).toEqual(states.get(id))
    }
    if (outcome === undefined) break
  }
  const left = store.reader.selectFrom('changes').selectAll().where('lb_id', '=', lb.id)
  // Three changes, and one entry for each of the three objects that existed before.
  expect(await left.execute()).toHaveLength(6)
  await store.close()
})
