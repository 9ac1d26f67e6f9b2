import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callsAt, ownCalls } from '#lib/testing/control-plane/every-call.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { sdkQueries } from '#lib/testing/control-plane/sdk-parameters.ts'
import {
  createTwoOfEach,
  type List,
  MINE,
  OTHER,
  UNKNOWN,
} from '#lib/testing/control-plane/two-of-each.ts'

// A filter without effect lets a script act on the wrong objects. So every parameter that a client can send filters, sorts or
// is refused: each list has two objects here, and each parameter a value that changes which of them are listed or their order.

/** Parameters of the SDKs for Go and Python that the SDK for JavaScript lacks. */
const MORE: Record<string, string[]> = { '/lbs': ['lb_ids'] }

/** A query, and the indices of the objects that it lists, in order. */
type Case = [query: string, expected: (0 | 1)[]]

let controlPlane: RunningControlPlane
let lists: Record<string, List>
let address: string

beforeAll(async () => {
  controlPlane = await runControlPlane()
  ;({ lists, address } = await createTwoOfEach(controlPlane))
})
afterAll(() => controlPlane.stop())

const PAGES: Record<string, Case[]> = {
  page: [['page=2&page_size=1', [1]]],
  page_size: [['page_size=1', [0]]],
}
const NAMED: Record<string, Case[]> = {
  ...PAGES,
  name: [
    ['name=ALPH', [0]],
    ['name=bet', [1]],
  ],
  order_by: [
    ['order_by=created_at_asc', [0, 1]],
    ['order_by=created_at_desc', [1, 0]],
    ['order_by=name_asc', [0, 1]],
    ['order_by=name_desc', [1, 0]],
  ],
}
const OWNED: Record<string, Case[]> = {
  organization_id: [
    [`organization_id=${MINE.organization_id}`, [0]],
    [`organization_id=${UNKNOWN}`, []],
  ],
  project_id: [
    [`project_id=${OTHER.project_id}`, [1]],
    [`project_id=${UNKNOWN}`, []],
  ],
}
const TAGGED: Record<string, Case[]> = {
  tags: [
    ['tags=b', [1]],
    ['tags=both&tags=a', [0]],
    ['tags=both', [0, 1]],
  ],
}
const BY_TIME: Case[] = [
  ['order_by=created_at_asc', [0, 1]],
  ['order_by=created_at_desc', [1, 0]],
]

/** What each parameter does to each list. */
function casesOf(template: string): Record<string, Case[]> {
  const [first = '', second = ''] = lists[template]?.ids ?? []
  const ofBackend: Case[] = [
    [`backend_id=${first}`, [0, 0]],
    [`backend_id=${UNKNOWN}`, []],
  ]
  const cases: Record<string, Record<string, Case[]>> = {
    '/lbs': {
      ...{ ...NAMED, ...OWNED, ...TAGGED },
      lb_ids: [
        [`lb_ids=${second}`, [1]],
        [`lb_ids=${second.toUpperCase()}&lb_ids=${UNKNOWN}`, [1]],
        [`lb_ids=${second}&lb_ids=${first}`, [0, 1]],
        [`lb_ids=${UNKNOWN}`, []],
      ],
    },
    '/ips': {
      ...{ ...PAGES, ...OWNED, ...TAGGED },
      ip_address: [[`ip_address=${address}`, [0]]],
      ip_type: [
        ['ip_type=ipv6', []],
        ['ip_type=ipv4', [0, 1]],
        ['ip_type=all', [0, 1]],
      ],
    },
    '/lbs/{id}/backends': NAMED,
    '/lbs/{id}/frontends': NAMED,
    '/frontends/{id}/acls': NAMED,
    '/lbs/{id}/certificates': NAMED,
    '/subscribers': { ...NAMED, ...OWNED },
    '/routes': {
      ...PAGES,
      order_by: BY_TIME,
      frontend_id: [[`frontend_id=${lists['/lbs/{id}/frontends']?.ids[1]}`, [1]]],
      lb_id: [
        [`lb_id=${lists['/lbs']?.ids[0]}`, [0, 1]],
        [`lb_id=${lists['/lbs']?.ids[1]}`, []],
      ],
    },
    '/lbs/{id}/private-networks': { ...PAGES, order_by: BY_TIME },
    // Both instances' view of each server.
    '/lbs/{id}/stats': { backend_id: ofBackend },
    '/lbs/{id}/backend-stats': {
      page: [['page=2&page_size=3', [1]]],
      page_size: [['page_size=1', [0]]],
      backend_id: ofBackend,
    },
    '/lb-types': {
      page: [['page=2&page_size=1', [1]]],
      page_size: [['page_size=2', [0, 1]]],
    },
  }
  return cases[template] ?? {}
}

type Listed = { id?: string; private_network_id?: string; backend_id?: string; name?: string }

/** Which of a list's two objects a query lists. */
async function listed(locality: string, template: string, query: string): Promise<number[]> {
  const { path, key, ids } = lists[template] as List
  const { status, body } = await controlPlane.call('GET', `/lb/v1/${locality}${path}?${query}`)
  expect([query, status]).toEqual([query, 200])
  const names = body[key].map((one: Listed) =>
    ids.findIndex((id) => Object.values(one).includes(id)),
  )
  return names
}

describe.each([
  ['ZonedAPI', 'zones/fr-par-1'],
  ['API', 'regions/fr-par'],
] as const)('every query parameter of %s', (kind, locality) => {
  test('filters or sorts every list that accepts it', async () => {
    const queries = (await sdkQueries(kind)).filter(({ method }) => method === 'GET')
    const templates = new Set(queries.map(({ path }) => path))
    const all = callsAt(locality).filter(
      ({ method, template }) => method === 'get' && !/\{id\}$/.test(template),
    )
    expect([...templates].sort()).toEqual(all.map(({ template }) => template).sort())
    for (const { path, parameters } of queries) {
      const cases = casesOf(path)
      const documented = [...parameters, ...(MORE[path] ?? [])]
      expect([path, documented.filter((name) => !cases[name])]).toEqual([path, []])
      for (const [query, expected] of Object.values(cases).flat()) {
        expect([path, query, await listed(locality, path, query)]).toEqual([path, query, expected])
      }
    }
  })

  test('has an effect in one of its cases: without it, both are listed in order of creation', async () => {
    const queries = await sdkQueries(kind)
    for (const { path } of queries.filter(({ method }) => method === 'GET')) {
      const whole = await listed(locality, path, '')
      for (const [name, cases] of Object.entries(casesOf(path))) {
        const different = cases.some(([, expected]) => expected.join() !== whole.join())
        expect([path, name, different]).toEqual([path, name, true])
      }
    }
  })

  test('is refused if its value is invalid, and not ignored', async () => {
    for (const [template, names] of [
      ['/lbs', ['lb_ids', 'organization_id', 'project_id', 'order_by']],
      ['/ips', ['ip_address', 'ip_type', 'organization_id', 'project_id']],
      ['/routes', ['frontend_id', 'lb_id', 'order_by']],
      ['/subscribers', ['organization_id', 'project_id']],
      ['/lbs/{id}/stats', ['backend_id']],
      ['/lbs/{id}/backend-stats', ['backend_id', 'page', 'page_size']],
    ] as const) {
      for (const name of names) {
        const values = name.startsWith('page') ? ['x', '0'] : ['', 'x']
        for (const value of values) {
          const path = `/lb/v1/${locality}${lists[template]?.path}?${name}=${value}`
          const { status, body } = await controlPlane.call('GET', path)
          expect([path, status]).toEqual([path, 400])
          expect(body.details[0].argument_name).toMatch(new RegExp(`^${name}`))
        }
      }
    }
  })
})

test('no call ignores an unknown parameter', async () => {
  const inLocalities = ['regions/fr-par', 'zones/fr-par-1'].flatMap(callsAt)
  const iam = [
    '/account/v3/projects',
    `/account/v3/projects/${UNKNOWN}`,
    '/iam/v1alpha1/api-keys/X',
  ]
  const others = iam.map((path) => ({ method: 'get', path }))
  const calls = [...inLocalities, ...ownCalls(), ...others]
  expect(calls.length).toBeGreaterThan(130)
  const people: string[] = []
  for (const call of calls) {
    const method = call.method.toUpperCase()
    const path = `${call.path.replaceAll(/\{\w+\}/g, UNKNOWN)}?relase_ip=true`
    const { status, body } = await controlPlane.call(
      method,
      path,
      method === 'GET' ? undefined : {},
    )
    if (status === 403) people.push(call.path)
    else {
      expect([method, path, status]).toEqual([method, path, 400])
      expect(body.details[0]).toMatchObject({ argument_name: 'relase_ip', reason: 'constraint' })
      expect(body.details[0].help_message).toMatch(/^(Unknown query parameter|This call takes no)/)
    }
  }
  expect(people.every((path) => path.startsWith('/fairlead/v1/'))).toBe(true)
  expect((await controlPlane.call('GET', '/lb/v1/zones/fr-par-1/lbs')).body.total_count).toBe(2)
})

test('a parameter with one value is refused if it is repeated', async () => {
  const path = '/lb/v1/zones/fr-par-1/lbs?name=alpha&name=beta'
  const { status, body } = await controlPlane.call('GET', path)
  expect([status, body.details]).toEqual([
    400,
    [
      {
        argument_name: 'name',
        reason: 'constraint',
        help_message: 'Send this parameter only once.',
      },
    ],
  ])
})

test('projects are filtered by every parameter of the account API', async () => {
  const list = async (query: string) => {
    const { status, body } = await controlPlane.call('GET', `/account/v3/projects?${query}`)
    expect([query, status]).toEqual([query, 200])
    return body.projects.length
  }
  const [{ id, organization_id }] = (await controlPlane.call('GET', '/account/v3/projects')).body
    .projects
  expect(await list(`project_ids=${UNKNOWN}&project_ids=${id}`)).toBe(1)
  expect(await list(`organization_id=${organization_id}&name=fault&order_by=name_desc`)).toBe(1)
  for (const query of [
    `project_ids=${UNKNOWN}`,
    `organization_id=${UNKNOWN}`,
    'name=nope',
    'page=2',
  ]) {
    expect([query, await list(query)]).toEqual([query, 0])
  }
  for (const query of ['project_ids=', 'order_by=id_asc', 'page_size=0', 'organization_id=']) {
    expect((await controlPlane.call('GET', `/account/v3/projects?${query}`)).status).toBe(400)
  }
})
