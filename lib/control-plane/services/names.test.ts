import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

/** Names, each with spellings that find it. */
const SPELLINGS: [name: string, spellings: string[]][] = [
  ['Épicerie', ['Épicerie', 'épicerie', 'ÉPI', 'E\u0301PICERIE']],
  ['Россия', ['Россия', 'россия', 'РОССИЯ', 'осси']],
  ['İstanbul', ['İstanbul', 'istanbul', 'ISTANBUL', 'i\u0307stanbul', 'ıstanbul']],
  ['Straße', ['STRASSE', 'strasse', 'straẞe', 'ASSE']],
  ['Οδυσσεύς', ['ΟΔΥΣΣΕΎΣ', 'οδυσσεύσ', 'εύς']],
]
const NAMES = SPELLINGS.map(([name]) => name)
const ADMIN = { email: 'ada@example.com', password: 'correct-horse-battery-9' }
const REGION = '/lb/v1/regions/fr-par'

let controlPlane: RunningControlPlane
/** The list of each kind of named object, by its key in the answer. */
const lists: Record<string, string> = { lbs: `${REGION}/lbs`, subscribers: `${REGION}/subscribers` }

beforeAll(async () => {
  controlPlane = await runControlPlane({ admin: ADMIN })
  const create = async (path: string, body: object) => {
    const answered = await controlPlane.call('POST', REGION + path, body)
    expect(answered.status, JSON.stringify(answered.body)).toBe(200)
    return answered.body.id as string
  }
  const lbIds: string[] = []
  for (const name of NAMES) lbIds.push(await create('/lbs', { name, tags: [`Tag-${name}`] }))
  const lb = `/lbs/${lbIds[0]}`
  let [backend_id, frontend_id] = ['', '']
  for (const [index, name] of NAMES.entries()) {
    backend_id = await create(`${lb}/backends`, backendInput({ name }))
    frontend_id = await create(`${lb}/frontends`, { name, inbound_port: 80 + index, backend_id })
    await create(`${lb}/certificates`, { name, letsencrypt: { common_name: 'www.example.com' } })
    await create('/subscribers', { name, webhook_config: { uri: 'https://example.com/hook' } })
  }
  for (const [index, name] of NAMES.entries()) {
    const match = { ip_subnet: ['10.0.0.0/8'] }
    await create(`/frontends/${frontend_id}/acls`, {
      name,
      index,
      action: { type: 'allow' },
      match,
    })
  }
  for (const kind of ['backends', 'frontends', 'certificates'])
    lists[kind] = `${REGION}${lb}/${kind}`
  lists.acls = `${REGION}/frontends/${frontend_id}/acls`
})
afterAll(() => controlPlane.stop())

async function namesOf(kind: string, query: Record<string, string>): Promise<string[]> {
  const { body } = await controlPlane.call('GET', `${lists[kind]}?${new URLSearchParams(query)}`)
  return body[kind].map(({ name }: { name: string }) => name)
}

describe.each(['lbs', 'backends', 'frontends', 'certificates', 'acls', 'subscribers'])(
  'the list of %s',
  (kind) => {
    test.each(SPELLINGS)('has %s under each of its spellings', async (name, spellings) => {
      for (const spelling of spellings) {
        expect(await namesOf(kind, { name: spelling }), spelling).toEqual([name])
      }
    })

    test('is ordered by name in any case', async () => {
      const expected = ['İstanbul', 'Straße', 'Épicerie', 'Οδυσσεύς', 'Россия']
      expect(await namesOf(kind, { order_by: 'name_asc' })).toEqual(expected)
      expect(await namesOf(kind, { order_by: 'name_desc' })).toEqual(expected.toReversed())
    })

    test('is not found without an accent, or with a wildcard', async () => {
      expect(await namesOf(kind, { name: 'epicerie' })).toEqual([])
      expect(await namesOf(kind, { name: '%' })).toEqual([])
      expect(await namesOf(kind, { name: 'x'.repeat(255) })).toEqual([])
    })
  },
)

async function read(path: string, query: Record<string, string>) {
  return (await controlPlane.call('GET', `${path}?${new URLSearchParams(query)}`)).body
}

describe("the console's reads", () => {
  test.each(SPELLINGS)('find %s under each of its spellings', async (name, spellings) => {
    for (const spelling of spellings) {
      const { hits } = await read('/fairlead/v1/search', { q: spelling })
      const found = hits.map((hit: { type: string; name: string }) => `${hit.type} ${hit.name}`)
      for (const type of ['lb', 'frontend', 'backend']) expect(found).toContain(`${type} ${name}`)
      const { lbs } = await read('/fairlead/v1/lbs', { search: spelling })
      expect(lbs.map(({ lb }: { lb: { name: string } }) => lb.name)).toEqual([name])
    }
  })

  test('find a load balancer by a tag in any case', async () => {
    const { hits } = await read('/fairlead/v1/search', { q: 'TAG-РОСС' })
    expect(hits).toMatchObject([{ type: 'lb', name: 'Россия' }])
    const { lbs } = await read('/fairlead/v1/lbs', { search: 'tAG-росс' })
    expect(lbs).toMatchObject([{ lb: { name: 'Россия' } }])
  })

  test('find lines of the audit log by an actor in any case', async () => {
    const session = (await controlPlane.call('POST', '/fairlead/v1/session', ADMIN, {})).body.token
    const owner = { Authorization: `Bearer ${session}` }
    await controlPlane.call('POST', `${REGION}/lbs`, { name: 'audited' }, owner)
    const path = '/fairlead/v1/audit?actor=ADA%40Example'
    const { lines } = (await controlPlane.call('GET', path, undefined, owner)).body
    expect(lines).toContainEqual(expect.objectContaining({ event: 'change' }))
  })
})

test('a new name is found instead of the old one', async () => {
  const created = await controlPlane.call('POST', `${REGION}/lbs`, { name: 'Älter' })
  const { id, description, tags } = created.body
  await controlPlane.call('PUT', `${REGION}/lbs/${id}`, { name: 'Größe', description, tags })
  expect(await namesOf('lbs', { name: 'älter' })).toEqual([])
  expect(await namesOf('lbs', { name: 'GRÖSSE' })).toEqual(['Größe'])
})

test('the history has no folded texts', async () => {
  const { body } = await controlPlane.call('POST', `${REGION}/lbs`, { name: 'Größe' })
  await controlPlane.call('POST', `${REGION}/lbs/${body.id}/migrate`, { type: 'lb-gp-m' })
  const history = await controlPlane.call('GET', `/fairlead/v1/lbs/${body.id}/changes`)
  expect(history.body.changes.at(0)).toMatchObject({ before: { name: 'Größe' } })
  expect(JSON.stringify(history.body)).not.toContain('_folded')
})
