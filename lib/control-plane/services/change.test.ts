import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  ACCESS_KEY,
  backendInput,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { serviceContext } from '#lib/testing/control-plane/service-context.ts'
import { simulateDelay } from '#lib/testing/wait.ts'
import type { Reader } from '../store/reader.ts'
import { changeLb } from './change.ts'
import { createLb } from './lbs/create-lb.ts'

const PARIS = '/lb/v1/regions/fr-par'

test('a history can be read from any entry on, and filtered by rule and by actor', async () => {
  await using controlPlane = await runControlPlane()
  const lb = (
    await controlPlane.call('POST', `${PARIS}/lbs`, {
      name: 'lb',
      backends: [backendInput(), backendInput({ name: 'api' })],
    })
  ).body
  const history = async (query: string) =>
    (await controlPlane.call('GET', `/fairlead/v1/lbs/${lb.id}/changes?${query}`)).body
  const ids = ({ changes }: { changes: { id: number }[] }) => changes.map(({ id }) => id)

  const all = await history('')
  expect(all.total_count).toBe(4)
  const older = await history(`before=${all.changes[1].id}`)
  expect(ids(older)).toEqual(ids(all).slice(2))
  expect(older.total_count).toBe(4)
  expect((await history('before=x')).type).toBe('invalid_arguments')

  const { actors, resources } = (
    await controlPlane.call('GET', `/fairlead/v1/lbs/${lb.id}/changes/subjects`)
  ).body
  expect(actors).toEqual([{ kind: 'token', id: ACCESS_KEY, name: ACCESS_KEY }])
  expect(resources.map(({ type, name }: { type: string; name: string }) => [type, name])).toEqual([
    ['ip', lb.ip[0].ip_address],
    ['backend', 'api'],
    ['lb', 'lb'],
    ['backend', 'web'],
  ])
  const [, api] = resources
  expect((await history(`resource_id=${api.id}`)).changes).toMatchObject([
    { resource: { id: api.id } },
  ])
  expect((await history(`actor_id=${ACCESS_KEY}`)).total_count).toBe(4)
  expect((await history('actor_id=nobody')).total_count).toBe(0)
})

test('only the latest subjects of a long history are listed', async () => {
  await using controlPlane = await runControlPlane()
  const { call, database } = controlPlane
  const input = { name: 'lb', backends: [backendInput({ name: 'old' })] }
  const lb = (await call('POST', `${PARIS}/lbs`, input)).body
  const copied = ['lb_id', 'generation', 'revision', 'at', 'sequence', 'actor_kind', 'actor_name']
  const columns = sql.raw([...copied, 'verb', 'resource_type', 'before', 'after'].join())
  await sql`
    insert into changes (${columns}, actor_id, resource_id)
    with recursive counted(value) as (select 1 union all select value + 1 from counted where value < 12000)
    select ${columns}, value, value from counted, changes where changes.id = (select max(id) from changes)`.execute(
    database,
  )
  const { body } = await call('GET', `/fairlead/v1/lbs/${lb.id}/changes/subjects`)
  for (const subjects of [body.actors, body.resources]) {
    const ids = subjects
      .map(({ id }: { id: string }) => Number(id))
      .sort((a: number, b: number) => a - b)
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([1000, 11_001, 12_000])
  }
})

test('every change increments the generation and is in the history, with before and after', async () => {
  await using controlPlane = await runControlPlane()
  const call = async (method: string, path: string, body?: unknown) =>
    (await controlPlane.call(method, PARIS + path, body)).body
  const lb = await call('POST', '/lbs', { name: 'lb' })
  const backend = await call('POST', `/lbs/${lb.id}/backends`, backendInput())
  const rule = { name: 'http', inbound_port: 80, backend_id: backend.id }
  const frontend = await call('POST', `/lbs/${lb.id}/frontends`, rule)
  await call('PUT', `/backends/${backend.id}`, { ...backendInput(), name: 'renamed' })
  await call('PUT', `/backends/${backend.id}/servers`, { server_ip: ['10.0.0.1'] })
  await call('POST', `/backends/${backend.id}/servers`, { server_ip: ['10.0.0.2'] })
  await call('DELETE', `/backends/${backend.id}/servers`, { server_ip: ['10.0.0.1'] })
  await call('PUT', `/backends/${backend.id}/healthcheck`, { port: 1, check_max_retries: 1 })
  await call('PUT', `/frontends/${frontend.id}`, { ...rule, inbound_port: 81 })
  await call('PATCH', `/ips/${lb.ip[0].id}`, { reverse: 'a.example' })
  await call('DELETE', `/frontends/${frontend.id}`)
  await call('DELETE', `/backends/${backend.id}`)
  await call('PUT', `/lbs/${lb.id}`, { name: 'renamed' })
  await call('DELETE', `/lbs/${lb.id}`)

  const path = `/fairlead/v1/lbs/${lb.id}/changes?page_size=100`
  const { body } = await controlPlane.call('GET', path)
  type Line = { generation: number; verb: string; resource: { type: string } }
  expect(
    body.changes
      .toReversed()
      .map(({ generation, verb, resource }: Line) => `${generation} ${verb} ${resource.type}`),
  ).toEqual([
    '1 create lb',
    '1 create ip',
    '2 create backend',
    '3 create frontend',
    '4 update backend',
    '5 set_servers backend',
    '6 add_servers backend',
    '7 remove_servers backend',
    '8 set_health_check backend',
    '9 update frontend',
    '10 update ip',
    '11 delete frontend',
    '12 delete backend',
    '13 update lb',
    '14 detach ip',
    '14 delete lb',
  ])
  expect(body.total_count).toBe(16)
  const servers = body.changes.find(({ verb }: Line) => verb === 'add_servers')
  expect(servers).toMatchObject({
    lb_id: lb.id,
    actor: { kind: 'token', name: 'SCWTESTTESTTESTTEST1' },
    resource: { id: backend.id },
    before: { servers: ['10.0.0.1'] },
    after: { servers: ['10.0.0.1', '10.0.0.2'] },
  })
  const page = await controlPlane.call(
    'GET',
    `/fairlead/v1/lbs/${lb.id}/changes?page_size=2&page=2`,
  )
  expect(page.body.changes[0]).toMatchObject({ generation: 13, after: { name: 'renamed' } })
})

test('a change that fails at any step writes nothing and wakes no reader', async () => {
  await using ctx = await serviceContext()
  const scope = { region: 'fr-par', zone: null } as const
  const { value } = await createLb({ ctx, scope, input: { name: 'lb' } })
  const woken = ctx.commits.count
  const everything = async () => ({
    lbs: await ctx.store.reader.selectFrom('lbs').selectAll().execute(),
    ips: await ctx.store.reader.selectFrom('ips').selectAll().execute(),
    changes: await ctx.store.reader.selectFrom('changes').selectAll().execute(),
  })
  const before = await everything()

  // The address is taken, which a constraint of the database refuses.
  const twice = changeLb(ctx, value.id, async (writer, at) => {
    const [ip] = before.ips
    if (!ip) throw new Error('There is nothing to begin with')
    await writer.updateTable('lbs').set({ name: 'half done' }).where('id', '=', value.id).execute()
    await writer
      .insertInto('ips')
      .values({ ...ip, id: 'another', updated_at: at })
      .execute()
    return { entries: [], result: async () => null }
  })
  await expect(twice).rejects.toThrow(/unique constraint/i)

  // The entry of the history can't be written.
  const unrecorded = changeLb(ctx, value.id, async (writer) => {
    await writer.updateTable('lbs').set({ name: 'unrecorded' }).where('id', '=', value.id).execute()
    const entry = {
      verb: null as never,
      type: 'lb',
      id: value.id,
      before: null,
      after: null,
    } as const
    return { entries: [entry], result: async () => null }
  })
  await expect(unrecorded).rejects.toThrow(/not.null constraint/i)

  expect(await everything()).toEqual(before)
  expect(ctx.commits.count).toBe(woken)
})

test('a change without entries is rolled back, and wakes no reader', async () => {
  await using ctx = await serviceContext()
  const scope = { region: 'fr-par', zone: null } as const
  const { value } = await createLb({ ctx, scope, input: { name: 'lb' } })
  const woken = ctx.commits.count
  const read = async (reader: Reader) =>
    reader.selectFrom('lbs').selectAll().where('id', '=', value.id).executeTakeFirstOrThrow()
  const before = await read(ctx.store.reader)
  const result = await changeLb(ctx, value.id, async (writer, _at, lb) => {
    expect(lb).toEqual(before)
    await writer.updateTable('lbs').set({ name: 'x' }).where('id', '=', lb.id).execute()
    expect((await read(writer)).name).toBe('x')
    return { entries: [], result: read }
  })
  expect(result).toEqual(before)
  expect(await read(ctx.store.reader)).toEqual(before)
  expect(ctx.commits.count).toBe(woken)
})

test('concurrent changes of a load balancer get one generation each', async () => {
  await using ctx = await serviceContext()
  const scope = { region: 'fr-par', zone: null } as const
  const { value } = await createLb({ ctx, scope, input: { name: 'lb' } })
  const entry = { verb: 'update', type: 'lb', id: value.id, before: null, after: null } as const
  const seen = await Promise.all(
    Array.from({ length: 20 }, () =>
      changeLb(ctx, value.id, async (_writer, _at, lb) => {
        await simulateDelay(Math.random() * 5)
        return { entries: [entry], result: async () => lb.generation }
      }),
    ),
  )
  const numbers = (from: number) => Array.from({ length: 20 }, (_, at) => from + at)
  expect(seen.sort((a, b) => a - b)).toEqual(numbers(1))
  const query = ctx.store.reader.selectFrom('changes').select(['generation', 'revision'])
  const lines = await query.where('verb', '=', 'update').orderBy('id').execute()
  expect(lines.map(({ generation }) => generation)).toEqual(numbers(2))
  expect(new Set(lines.map(({ revision }) => revision)).size).toBe(20)
})

test('a change of a load balancer that does not exist is 404', async () => {
  await using ctx = await serviceContext()
  const changed = changeLb(ctx, 'none', async () => ({ entries: [], result: async () => null }))
  await expect(changed).rejects.toMatchObject({ status: 404, body: { message: 'lbs not Found' } })
})

test('an IP without a load balancer has a history too', async () => {
  await using controlPlane = await runControlPlane()
  const { body } = await controlPlane.call('POST', `${PARIS}/ips`, {})
  await controlPlane.call('DELETE', `${PARIS}/ips/${body.id}`)

  const lines = await controlPlane.database
    .selectFrom('changes')
    .select(['verb', 'lb_id', 'generation', 'resource_id'])
    .orderBy('id')
    .execute()
  const line = { lb_id: null, generation: null, resource_id: body.id }
  expect(lines).toEqual([
    { verb: 'create', ...line },
    { verb: 'release', ...line },
  ])
})
