import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RestoreStep } from '#lib/core/restore.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import {
  backendInput,
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

type Row = { id: string; name: string; updated_at?: string }

/** All that can be restored, as the API has it, without the times of the last change. */
async function snapshot(lbId: string) {
  const plain = ({ updated_at: _, ...row }: Row) => row
  const list = async (path: string, key: string): Promise<Row[]> =>
    (await ok('GET', `${PARIS}${path}?page_size=100`))[key]
  const lb = await ok('GET', `${PARIS}/lbs/${lbId}`)
  const frontends = await list(`/lbs/${lbId}/frontends`, 'frontends')
  const acls = await Promise.all(frontends.map(({ id }) => list(`/frontends/${id}/acls`, 'acls')))
  const routes = (await list('/routes', 'routes')) as (Row & { frontend_id: string })[]
  const own = new Set(frontends.map(({ id }) => id))
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
  const trimmed = ({ lb: _lb, backend, frontend, ...row }: any) => ({
    ...plain(row),
    ...(backend && { backend_id: backend.id }),
    ...(frontend && { frontend_id: frontend.id }),
  })
  return {
    lb: [lb.name, lb.description, lb.type, lb.tags, lb.ssl_compatibility_level],
    backends: (await list(`/lbs/${lbId}/backends`, 'backends')).map(trimmed),
    frontends: frontends.map(trimmed),
    routes: routes.filter(({ frontend_id }) => own.has(frontend_id)).map(plain),
    acls: acls.flat().map(trimmed),
  }
}

const newestChange = async (lbId: string): Promise<number> =>
  (await ok('GET', `${OWN}/${lbId}/changes?page_size=1`)).changes[0].id

const restore = (lbId: string, changeId: number, query = '', headers = {}) =>
  call('POST', `${OWN}/${lbId}/restore${query}`, { change_id: changeId }, headers)

const backend = (name: string, changes = {}) =>
  backendInput({ name, server_ip: ['10.0.0.1'], ...changes })
const acl = (name: string, index: number) => ({
  name,
  index,
  action: { type: 'deny' },
  match: { ip_subnet: ['10.0.0.0/8'], http_filter: 'acl_http_filter_none', http_filter_value: [] },
})

/** Every kind of change. `pick` chooses among what is there. */
const CHANGES: ((lbId: string, pick: number, serial: number) => Promise<unknown>)[] = [
  (id, _pick, serial) => ok('POST', `${PARIS}/lbs/${id}/backends`, backend(`b${serial}`)),
  async (id, pick, serial) => {
    const one = await oneOf(id, 'backends', pick)
    if (one)
      await ok('POST', `${PARIS}/backends/${one.id}/servers`, { server_ip: [`10.0.1.${serial}`] })
  },
  async (id, pick, serial) => {
    const one = await oneOf(id, 'backends', pick)
    const { forward_protocol, ...input } = backend(`renamed ${serial}`, {
      forward_port: serial + 1,
    })
    if (one) await ok('PUT', `${PARIS}/backends/${one.id}`, { ...one, ...input, forward_protocol })
  },
  async (id, pick) => {
    const one = await oneOf(id, 'backends', pick)
    // In use it stays: 412.
    if (one) await call('DELETE', `${PARIS}/backends/${one.id}`)
  },
  async (id, pick, serial) => {
    const one = await oneOf(id, 'backends', pick)
    const input = { name: `f${serial}`, inbound_port: 1000 + serial, backend_id: one?.id }
    if (one) await ok('POST', `${PARIS}/lbs/${id}/frontends`, input)
  },
  async (id) => {
    const [one, other] = await all(id, 'frontends')
    const patch = (row: Row & { inbound_port: number }, inbound_port: number) => ({
      id: row.id,
      inbound_port,
    })
    if (!one || !other) return
    const frontends = [patch(one, other.inbound_port), patch(other, one.inbound_port)]
    await ok('PATCH', `${OWN}/${id}/rules`, { frontends })
  },
  async (id, pick) => {
    const one = await oneOf(id, 'frontends', pick)
    if (one) await ok('DELETE', `${PARIS}/frontends/${one.id}`)
  },
  async (id, pick, serial) => {
    const [frontend, target] = [
      await oneOf(id, 'frontends', pick),
      await oneOf(id, 'backends', serial),
    ]
    const match = { host_header: `h${serial}.example.com` }
    if (!frontend || !target) return
    await ok('POST', `${PARIS}/routes`, { frontend_id: frontend.id, backend_id: target.id, match })
  },
  async (id, pick, serial) => {
    const frontend = await oneOf(id, 'frontends', pick)
    if (!frontend) return
    await ok('POST', `${PARIS}/frontends/${frontend.id}/acls`, acl(`a${serial}`, serial))
  },
  async (id, pick, serial) => {
    const frontend = await oneOf(id, 'frontends', pick)
    if (!frontend) return
    const acls = [acl('first', 1), acl(`second ${serial}`, 2)]
    await ok('PUT', `${PARIS}/frontends/${frontend.id}/acls`, { acls })
  },
  (id, _pick, serial) =>
    ok('PUT', `${PARIS}/lbs/${id}`, {
      name: `lb ${serial}`,
      description: 'd',
      tags: [`${serial}`],
    }),
  (id, pick) =>
    ok('POST', `${PARIS}/lbs/${id}/migrate`, { type: pick % 2 === 0 ? 'lb-gp-m' : 'lb-s' }),
]

const all = async (lbId: string, kind: 'backends' | 'frontends') =>
  (await ok('GET', `${PARIS}/lbs/${lbId}/${kind}?page_size=100`))[kind]
const oneOf = async (lbId: string, kind: 'backends' | 'frontends', pick: number) => {
  const rows = await all(lbId, kind)
  return rows.length === 0 ? null : rows[pick % rows.length]
}

describe('a load balancer', () => {
  test('is exactly what it was after any change, whatever came after', async () => {
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
            await CHANGES[kind]?.(id, pick, serial)
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

  test('comes back in one generation that the nodes get, and that can be undone', async () => {
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

  test('is told as it was then, by any line of one change', async () => {
    const { id } = await ok('POST', `${PARIS}/lbs`, { name: 'told', backends: [backend('web')] })
    const { changes } = await ok('GET', `${OWN}/${id}/changes`)
    await ok('PUT', `${PARIS}/lbs/${id}`, { name: 'later' })
    for (const { id: line } of changes) {
      const state = await ok('GET', `${OWN}/${id}/changes/${line}/state`)
      expect(state).toMatchObject({
        change_id: line,
        lb: { id, name: 'told', tags: [] },
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
  test('comes back with its IP and subscriber, or with a new IP where that is taken', async () => {
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

describe('what can not be restored', () => {
  test('is refused whole, with every reason', async () => {
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

  test('nor is text that the API refuses by now', async () => {
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

  test('where somebody has changed it meanwhile, or there is no such line', async () => {
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
