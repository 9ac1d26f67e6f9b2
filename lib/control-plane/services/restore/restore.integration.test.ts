import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RestoreStep } from '#lib/core/restore.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { backend, CHANGES, snapshot as snapshotOf } from '#lib/testing/control-plane/lb-changes.ts'
import {
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/regions/fr-par'
const OWN = '/fairlead/v1/lbs'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown, headers = {}) =>
  controlPlane.call(method, path, body, { 'X-Auth-Token': SECRET_KEY, ...headers })
const ok = async (method: string, path: string, body?: unknown) => {
  const answer = await call(method, path, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

const snapshot = (lbId: string) => snapshotOf({ call, ok }, lbId)

const newestChange = async (lbId: string): Promise<number> =>
  (await ok('GET', `${OWN}/${lbId}/changes?page_size=1`)).changes[0].id

const restore = (lbId: string, changeId: number, query = '', headers = {}) =>
  call('POST', `${OWN}/${lbId}/restore${query}`, { change_id: changeId }, headers)

describe('a load balancer', () => {
  test('is restored exactly to its state after any change', async () => {
    let [restored, calls] = [0, 0]
    const operations = fc.array(fc.record({ kind: fc.nat(CHANGES.length - 1), pick: fc.nat(5) }), {
      minLength: 4,
      maxLength: 18,
    })
    await fc.assert(
      fc.asyncProperty(
        operations,
        fc.array(fc.nat(), { minLength: 2, maxLength: 3 }),
        async (run, points) => {
          const { id } = await ok('POST', `${PARIS}/lbs`, {
            name: 'start',
            backends: [backend('web')],
            frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
          })
          const past = [{ change: await newestChange(id), state: await snapshot(id) }]
          for (const [serial, { kind, pick }] of run.entries()) {
            await CHANGES[kind]?.({ call, ok }, id, pick, serial)
            past.push({ change: await newestChange(id), state: await snapshot(id) })
            calls++
          }
          for (const point of points) {
            const target = past[point % past.length]
            if (!target) throw new Error('No such point')
            const before = await snapshot(id)
            const preview = await restore(id, target.change, '?dry_run=true')
            expect(await snapshot(id)).toEqual(before)
            const { body } = await restore(id, target.change)
            expect(await snapshot(id)).toEqual(target.state)
            expect(outline(body.steps)).toEqual(outline(preview.body.steps))
            past.push({ change: await newestChange(id), state: target.state })
            expect((await restore(id, target.change)).body.steps).toEqual([])
            restored++
          }
          await ok('DELETE', `${PARIS}/lbs/${id}`)
          const last = past.at(-1)
          await restore(id, last?.change ?? 0)
          expect(await snapshot(id)).toEqual(last?.state)
          await ok('DELETE', `${PARIS}/lbs/${id}?release_ip=true`)
        },
      ),
      { numRuns: 10 },
    )
    process.stdout.write(`${restored} states restored after ${calls} changes\n`)
  }, 120_000)

  test('is restored in one generation, which nodes get and which can be undone', async () => {
    const { id } = await ok('POST', `${PARIS}/lbs`, { name: 'one', backends: [backend('web')] })
    const start = await newestChange(id)
    const { backends } = await ok('GET', `${PARIS}/lbs/${id}/backends`)
    await ok('DELETE', `${PARIS}/backends/${backends[0].id}`)
    await ok('PUT', `${PARIS}/lbs/${id}`, { name: 'two' })
    const undone = await newestChange(id)
    using node = await follow(controlPlane, 'fr-par-a')
    await node.untilSynced()
    const preview = await restore(id, start, '?dry_run=true')
    const seen = { 'If-Match': preview.headers.get('etag') ?? '' }
    const { status, body } = await restore(id, start, '', seen)
    expect((await restore(id, undone, '', seen)).status).toBe(412)
    expect([status, outline(body.steps)]).toEqual([
      200,
      [
        ['update', 'lb', id],
        ['create', 'backend', backends[0].id],
      ],
    ])
    const message = await node.next()
    expect(message).toMatchObject({
      type: 'apply',
      config: { lb_id: id, generation: 4, backends: [{ id: backends[0].id }] },
    })
    const { changes } = await ok('GET', `${OWN}/${id}/changes?page_size=2`)
    expect(
      changes.map(({ verb, generation }: { verb: string; generation: number }) => [
        verb,
        generation,
      ]),
    ).toEqual([
      ['create', 4],
      ['restore', 4],
    ])
    await restore(id, undone)
    expect(await snapshot(id)).toMatchObject({
      lb: ['two', '', 'lb-s', [], expect.any(String)],
      backends: [],
    })
  })

  test('has the same state at every entry of one change', async () => {
    const { id } = await ok('POST', `${PARIS}/lbs`, { name: 'first', backends: [backend('web')] })
    const { changes } = await ok('GET', `${OWN}/${id}/changes`)
    await ok('PUT', `${PARIS}/lbs/${id}`, { name: 'later' })
    for (const { id: entry } of changes) {
      const state = await ok('GET', `${OWN}/${id}/changes/${entry}/state`)
      expect(state).toMatchObject({
        change_id: entry,
        lb: { id, name: 'first', tags: [] },
        backends: [{ name: 'web', pool: ['10.0.0.1'], health_check: { port: 8080 } }],
        frontends: [],
        routes: [],
        acls: [],
      })
      expect(JSON.stringify(state)).not.toContain('lb_id')
    }
  })
})

describe('a deleted load balancer', () => {
  test('is restored with its IP and subscriber, or with a new IP if its own is taken', async () => {
    const webhook = { name: 'hook', webhook_config: { uri: 'https://example.com' } }
    const subscriber = await ok('POST', `${PARIS}/subscribers`, webhook)
    const { id, ip } = await ok('POST', `${PARIS}/lbs`, { name: 'gone', tags: ['x'] })
    await ok('POST', `${PARIS}/lb/${id}/subscribe`, { subscriber_id: subscriber.id })
    const start = await newestChange(id)
    await ok('DELETE', `${PARIS}/lbs/${id}`)
    const deletion = await newestChange(id)
    expect((await ok('GET', `${OWN}/${id}/changes/${deletion}/state`)).lb).toBeNull()
    expect((await restore(id, deletion)).body.reasons).toEqual(['That change deleted it.'])

    const preview = await restore(id, start, '?dry_run=true')
    expect(preview.body).toMatchObject({ dry_run: true, ip_address: ip[0].ip_address })
    expect((await call('GET', `${PARIS}/lbs/${id}`)).status).toBe(404)
    expect((await restore(id, start)).body.ip_address).toBe(ip[0].ip_address)
    expect(await ok('GET', `${PARIS}/lbs/${id}`)).toMatchObject({
      name: 'gone',
      tags: ['x'],
      ip: [{ id: ip[0].id, lb_id: id }],
      subscriber: { id: subscriber.id },
    })
    await ok('DELETE', `${PARIS}/lbs/${id}?release_ip=true`)
    const taker = await ok('POST', `${PARIS}/lbs`, { name: 'taker' })
    expect(taker.ip[0].ip_address).toBe(ip[0].ip_address)
    expect((await restore(id, start)).body.ip_address).toBeNull()
    const back = await ok('GET', `${PARIS}/lbs/${id}`)
    expect(back.ip[0].ip_address).not.toBe(ip[0].ip_address)
  })
})

describe('a restoration is refused', () => {
  test('as a whole, with every reason', async () => {
    const egress = { ownPorts: [], loopback: true, pools: [], webhookNetworks: null }
    await using other = await runControlPlane({ egress })
    const local = (name: string) => backend(name, { server_ip: ['127.0.0.1'] })
    const input = { name: 'x', backends: [local('one'), local('two')] }
    const { id } = (await other.call('POST', `${PARIS}/lbs`, input)).body
    const { changes } = (await other.call('GET', `${OWN}/${id}/changes?page_size=1`)).body
    const { backends } = (await other.call('GET', `${PARIS}/lbs/${id}/backends`)).body
    for (const { id: backendId } of backends) {
      await other.call('PUT', `${PARIS}/backends/${backendId}/servers`, { server_ip: [] })
    }
    await other.call('PUT', `${PARIS}/lbs/${id}`, { name: 'y' })
    egress.loopback = false
    for (const query of ['?dry_run=true', '']) {
      const path = `${OWN}/${id}/restore${query}`
      const { status, body } = await other.call('POST', path, { change_id: changes[0].id })
      expect([status, body.precondition]).toEqual([412, 'cannot_restore'])
      expect(body.reasons).toEqual(
        ['one', 'two'].map((name) =>
          expect.stringMatching(
            `^Backend "${name}": Traffic to 127\\.0\\.0\\.1 is not allowed: it is a loopback address`,
          ),
        ),
      )
    }
    const lb = await other.call('GET', `${PARIS}/lbs/${id}`)
    expect(lb.body.name).toBe('y')
  })

  test('if it has a value that the API accepted in an earlier version', async () => {
    await using other = await runControlPlane()
    const check = { port: 80, check_max_retries: 1, http_config: { uri: '/old' } }
    const input = { name: 'x', backends: [backend('web', { health_check: check })] }
    const { id } = (await other.call('POST', `${PARIS}/lbs`, input)).body
    const { changes } = (await other.call('GET', `${OWN}/${id}/changes?page_size=1`)).body
    const { backends } = (await other.call('GET', `${PARIS}/lbs/${id}/backends`)).body
    const path = `${PARIS}/backends/${backends[0].id}/healthcheck`
    const newer = { ...check, http_config: { uri: '/new' } }
    expect((await other.call('PUT', path, newer)).status).toBe(200)
    const database = new DatabaseSync(other.settings.databaseFile)
    database.exec("update changes set after = replace(after, '/old', 'http://<server>/health')")
    database.close()
    const { status, body } = await other.call('POST', `${OWN}/${id}/restore`, {
      change_id: changes[0].id,
    })
    expect([status, body.reasons]).toEqual([
      412,
      [expect.stringMatching(/^Backend "web": Path must begin with \//)],
    ])
  })

  test('if the load balancer was changed meanwhile, or there is no such entry', async () => {
    const made = await call('POST', `${PARIS}/lbs`, { name: 'mine' })
    const { id } = made.body
    const start = await newestChange(id)
    await ok('PUT', `${PARIS}/lbs/${id}`, { name: 'theirs' })
    const etag = { 'If-Match': made.headers.get('etag') ?? '' }
    expect((await restore(id, start, '', etag)).status).toBe(412)
    expect((await restore(id, start, '', { 'If-Match': '"2"' })).status).toBe(200)
    expect((await restore(id, 999_999)).body).toEqual({ message: 'change not Found' })
    const unknown = '00000000-0000-4000-8000-000000000000'
    expect((await restore(unknown, start)).body).toEqual({ message: 'lbs not Found' })
    expect((await restore(id, start, '?dry_run=maybe')).status).toBe(400)
    expect((await call('POST', `${OWN}/${id}/restore`, {})).status).toBe(400)
    expect((await call('GET', `${OWN}/${id}/changes/x/state`)).status).toBe(404)
  })
})

function outline(steps: RestoreStep[]) {
  return steps.map(({ action, resource: { type, id } }) => [action, type, id])
}
