import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { openStoreOf } from '#lib/testing/control-plane/test-database.ts'
import { Authority } from '../../authority/authority.ts'
import type { Store } from '../../store/store.ts'

const PARIS = '/lb/v1/regions/fr-par'
/** 270 steps per character. */
const HEAVY = 'a.{40}(a?b?){30}[cd]'
const heavies = (count: number) => Array.from({ length: count }, (_, at) => `${HEAVY}${at}`)

let controlPlane: RunningControlPlane
/** Direct access to the database, to write rows that the API refuses. */
let store: Store
const ids = { lb: '', frontend: '', backend: '' }

beforeAll(async () => {
  controlPlane = await runControlPlane()
  store = await openStoreOf(controlPlane.settings)
})
afterAll(async () => {
  await store.close()
  await controlPlane.stop()
})

const call = (method: string, path: string, body?: unknown) => controlPlane.call(method, path, body)

beforeEach(async () => {
  const { body } = await call('POST', `${PARIS}/lbs`, {
    name: 'lb',
    backends: [backendInput()],
    frontends: [{ name: 'site', inbound_port: 80, backend: 'web' }],
  })
  ids.lb = body.id
  const { frontends } = (await call('GET', `${PARIS}/lbs/${ids.lb}/frontends`)).body
  ids.frontend = frontends[0].id
  ids.backend = frontends[0].backend.id
})

const deny = { type: 'deny' }
const acl = (name: string, match: object, index = 1) => ({ name, index, action: deny, match })
const regex = (patterns: string[]) => ({ http_filter: 'regex', http_filter_value: patterns })
const create = (spec: object) => call('POST', `${PARIS}/frontends/${ids.frontend}/acls`, spec)
const set = (acls: object[]) => call('PUT', `${PARIS}/frontends/${ids.frontend}/acls`, { acls })
const problemsOf = (body: { details: { argument_name: string; help_message: string }[] }) =>
  body.details.map(({ argument_name, help_message }) => `${argument_name}: ${help_message}`)

/** The longest iteration of the event loop while `run` runs, in milliseconds of CPU time. */
async function longestIteration(run: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let isRunning = true
  let before = process.threadCpuUsage()
  const measure = () => {
    const { user, system } = process.threadCpuUsage(before)
    longest = Math.max(longest, (user + system) / 1000)
    before = process.threadCpuUsage()
    if (isRunning) setImmediate(measure)
  }
  setImmediate(measure)
  await run()
  isRunning = false
  return longest
}

describe('the matching steps of a frontend', () => {
  const TOO_MANY =
    'match.http_filter_value: The regular expressions of frontend "site" would take 2176 steps per character together. ' +
    'The limit is 2000. Use fewer or shorter ones, or smaller counts in {…}.'

  test('are summed over all of its ACLs, whichever call adds them', async () => {
    expect((await create(acl('a', regex(heavies(4))))).status).toBe(200)
    const second = await create(acl('b', regex(heavies(3))))
    expect(second.status).toBe(200)
    const third = await create(acl('c', regex([HEAVY])))
    expect([third.status, problemsOf(third.body)]).toEqual([
      400,
      [TOO_MANY.replace('2176', '2184')],
    ])
    const updated = await call(
      'PUT',
      `${PARIS}/acls/${second.body.id}`,
      acl('b', regex(heavies(4))),
    )
    expect([updated.status, problemsOf(updated.body)]).toEqual([400, [TOO_MANY]])
    const all = await set([acl('a', regex(heavies(4))), acl('b', regex(heavies(4)))])
    expect([all.status, problemsOf(all.body)]).toEqual([
      400,
      [TOO_MANY.replace('match.http_filter_value', 'acls')],
    ])
    // The limit is per frontend.
    const input = { name: 'other', inbound_port: 81, backend_id: ids.backend }
    const other = await call('POST', `${PARIS}/lbs/${ids.lb}/frontends`, input)
    const there = `${PARIS}/frontends/${other.body.id}/acls`
    expect((await call('POST', there, acl('c', regex(heavies(4))))).status).toBe(200)
  })

  test('may change, but not grow, if they already exceed the limit', async () => {
    const { id } = (await create(acl('a', regex(['^/a'])))).body
    await store.reader
      .selectFrom('acls')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
      .then((row) =>
        store.transaction(Authority.system, (writer) =>
          writer
            .updateTable('acls')
            .set({ match: { ...row.match, http_filter_value: heavies(20) } })
            .where('id', '=', id)
            .execute(),
        ),
      )
    const put = (spec: object) => call('PUT', `${PARIS}/acls/${id}`, spec)
    expect((await put({ name: 'renamed', index: 2, action: deny })).status).toBe(200)
    expect((await create(acl('b', { ip_subnet: ['10.0.0.0/8'] }))).status).toBe(200)
    expect((await put(acl('less', regex(heavies(12))))).status).toBe(200)
    expect((await put(acl('other', regex([...heavies(11), '^/light'])))).status).toBe(200)
    const more = await put(acl('more', regex([...heavies(11), '^/light', '^/and'])))
    expect(more.status).toBe(400)
    expect(problemsOf(more.body)[0]).toContain('would take 2986 steps')
    const rules = { frontends: [{ id: ids.frontend, timeout_client: 1000 }] }
    expect((await call('PATCH', `/fairlead/v1/lbs/${ids.lb}/rules`, rules)).status).toBe(200)
  })

  test("beyond the limit can't be restored", async () => {
    const { id } = (await create(acl('a', regex(['^/a'])))).body
    const { changes } = (await call('GET', `/fairlead/v1/lbs/${ids.lb}/changes?page_size=1`)).body
    const row = await store.reader
      .selectFrom('acls')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const after = { ...row, match: { ...row.match, http_filter_value: heavies(8) } }
    await store.transaction(Authority.system, (writer) =>
      writer.updateTable('changes').set({ after }).where('id', '=', changes[0].id).execute(),
    )
    await call('DELETE', `${PARIS}/acls/${id}`)
    const path = `/fairlead/v1/lbs/${ids.lb}/restore`
    const { status, body } = await call('POST', path, { change_id: changes[0].id })
    expect(status).toBe(412)
    expect(body.reasons).toEqual([expect.stringContaining('would take 2168 steps per character')])
  })
})

describe('the rules of a load balancer', () => {
  test('with ten thousand regular expressions are refused before any is compiled', async () => {
    const acls = Array.from({ length: 100 }, (_, at) =>
      acl(
        `a${at}`,
        regex(Array.from({ length: 100 }, (_, k) => `^/(a|b${k}|c){1,30}[^x]*(foo|bar).{0,50}$`)),
      ),
    )
    let response = { status: 0, body: { details: [] } }
    const ms = await longestIteration(async () => {
      response = await set(acls)
    })
    process.stdout.write(`10,000 patterns refused: longest iteration ${ms.toFixed(0)} ms\n`)
    expect([response.status, problemsOf(response.body)]).toEqual([
      400,
      [
        "acls: The load balancer's ACLs would have 10000 regular expressions together. The limit is 500. " +
          'Remove some, or combine them: (one|other).',
      ],
    ])
    expect(ms).toBeLessThan(1000)
  })

  test('up to the limit are accepted, in slices of a few milliseconds', async () => {
    const patterns = Array.from({ length: 5 }, (_, at) =>
      acl(`p${at}`, regex(Array.from({ length: 45 }, (_, k) => `^/p${at}/${k}/[a-z]+$`))),
    )
    const addresses = Array.from({ length: 195 }, (_, at) =>
      acl(`a${at}`, {
        ip_subnet: Array.from({ length: 100 }, (_, k) => `10.${at}.${k}.0/24`),
      }),
    )
    let status = 0
    const ms = await longestIteration(async () => {
      ;({ status } = await set([...patterns, ...addresses]))
    })
    process.stdout.write(
      `195 ACLs of 100 addresses, 5 of 45 patterns: longest iteration ${ms.toFixed(0)} ms\n`,
    )
    expect(status).toBe(200)
    const { acls } = (await call('GET', `${PARIS}/frontends/${ids.frontend}/acls?name=p0`)).body
    const fill = (count: number) => {
      const match = { ip_subnet: Array(count).fill('10.0.0.1') }
      return call('PUT', `${PARIS}/acls/${acls[0].id}`, acl('p0', match))
    }
    const full = 20_000 - 195 * 100 - 4 * 46
    expect((await fill(full)).status).toBe(200)
    const values = 'addresses, values and routes together. The limit is 20000.'
    const over = await fill(full + 30)
    expect(problemsOf(over.body)[0]).toContain(
      `match.ip_subnet: The load balancer's rules would have 20030 ${values}`,
    )
    const match = { host_header: 'a.example' }
    const route = { frontend_id: ids.frontend, backend_id: ids.backend, match }
    const refused = await call('POST', `${PARIS}/routes`, route)
    expect(problemsOf(refused.body)[0]).toContain(
      `match.host_header: The load balancer's rules would have 20001 ${values}`,
    )
    expect((await fill(full - 1)).status).toBe(200)
    expect((await call('POST', `${PARIS}/routes`, route)).status).toBe(200)
  })

  test('have a limit on their total number of characters', async () => {
    const values = Array.from({ length: 98 }, (_, at) => `/${at}/${'x'.repeat(1000)}`)
    const long = (name: string) =>
      acl(name, { http_filter: 'path_begin', http_filter_value: values })
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      expect((await create(long(name))).status).toBe(200)
    }
    const { status, body } = await create(long('f'))
    expect(status).toBe(400)
    expect(problemsOf(body)[0]).toContain('characters together. The limit is 500000.')
  })

  test('count a path prefix with its leading slash, even if it was sent without one', async () => {
    const sum = async (values: string[]) => {
      const full = Array.from({ length: 100 }, () => 'x'.repeat(1024))
      const filter = (all: string[]) => ({
        ip_subnet: ['10.0.0.1'],
        http_filter: 'path_begin',
        http_filter_value: all,
      })
      const acls = ['a', 'b', 'c', 'd', 'e'].map((name) => acl(name, filter(full)))
      const { body } = await set([...acls, acl('f', filter(values))])
      return Number(/would have (\d+) characters/.exec(problemsOf(body)[0] ?? '')?.[1])
    }
    const full = 5 * 100 * 1025 + 6 * '10.0.0.1'.length
    expect(await sum(['foo', 'bar'])).toBe(full + 8)
    expect(await sum(['/foo', '/bar'])).toBe(full + 8)
  })

  test('with hundreds of invalid fields get an error that lists at most 100', async () => {
    const { status, body } = await set([
      acl('a', regex(Array(100).fill('('))),
      acl('b', regex(Array(100).fill('('))),
    ])
    expect(status).toBe(400)
    expect(body.details.length).toBeLessThanOrEqual(100)
    const flood = await set([
      { ...acl('a', {}), match: { http_filter_value: Array(200_000).fill('') } },
    ])
    expect([flood.status, flood.body.details.length]).toEqual([400, 1])
  })
})
