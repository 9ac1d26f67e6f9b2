import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LbReport } from '#lib/protocol/report.ts'
import { copyRow } from '#lib/testing/control-plane/copy-row.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import {
  addresses,
  COPIES,
  fullReport,
  largestAcls,
  largestLb,
  longName,
  poolOf,
  TAGS,
} from '#lib/testing/control-plane/full-lb.ts'
import { type Measured, MeasuredProcess } from '#lib/testing/control-plane/measured-process.ts'
import { backendInput } from '#lib/testing/control-plane/running-control-plane.ts'
import { queryDatabase } from '#lib/testing/control-plane/test-database.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'

const REGION = '/lb/v1/regions/fr-par'

const controlPlane = new MeasuredProcess()
const call = (method: string, path: string, body?: unknown) => controlPlane.call(method, path, body)
const measured = (name: string, work: () => Promise<Measured>) => controlPlane.measure(name, work)

beforeAll(() => controlPlane.start())
afterAll(() => controlPlane.stop())

/** The maximum number of certificates in one request. */
function largePem(): string {
  const { key, certificate } = makeCertificate()
  const count = Math.floor((64 * 1024 - key.length) / (certificate.length + 1))
  return key + `${certificate}\n`.repeat(count)
}

/** Writes copies of the newest change with this verb. */
function copyLine(file: string, verb: string, count: number): void {
  const database = new DatabaseSync(file)
  const columns = database.prepare("select name from pragma_table_info('changes')").all()
  const names = columns.map(({ name }) => `"${name}"`).filter((name) => name !== '"id"')
  const newest = `select ${names} from changes where verb = ? order by id desc limit 1`
  const insert = database.prepare(`insert into changes (${names}) select * from (${newest})`)
  for (let at = 0; at < count; at += 1) insert.run(verb)
  database.close()
}

test('no call blocks the event loop of the control plane for over 100 ms', async () => {
  const created = await measured('POST lbs, 200 backends and frontends, 5,000 servers', () =>
    call('POST', `${REGION}/lbs`, largestLb()),
  )
  expect(created.status).toBe(200)
  const small = (await call('GET', `${REGION}/lbs/${created.body.id}/backends`)).body.backends[0]
  await measured('PATCH rules, 200 new frontends', () =>
    call('PATCH', `/fairlead/v1/lbs/${created.body.id}/rules`, {
      new_frontends: Array.from({ length: 200 }, (_, at) => ({
        ...{ name: longName(at), inbound_port: 1000 + at, backend_id: small.id },
      })),
    }),
  )
  await measured('PATCH rules, 8,000 patches of one backend (400)', () =>
    call('PATCH', `/fairlead/v1/lbs/${created.body.id}/rules`, {
      backends: Array.from({ length: 8000 }, () => ({ id: small.id, name: 'x' })),
    }),
  )
  await measured('DELETE lbs', () => call('DELETE', `${REGION}/lbs/${created.body.id}`))

  const first = {
    name: longName(0),
    tags: TAGS,
    backends: [backendInput({ name: 'web', server_ip: poolOf(0) })],
    frontends: [{ name: longName(0), inbound_port: 1, backend: 'web' }],
  }
  const lb = (await call('POST', `${REGION}/lbs`, first)).body
  const [frontend] = (await call('GET', `${REGION}/lbs/${lb.id}/frontends`)).body.frontends
  const backend = frontend.backend
  const file = join(controlPlane.directory, 'fairlead.db')
  const { database, close } = queryDatabase({ database: null, databaseFile: file })
  await copyRow(database, 'backends', backend.id, COPIES, (at) => ({
    name: longName(at + 1),
    servers: poolOf(at + 1),
  }))
  await copyRow(database, 'frontends', frontend.id, COPIES, (at) => ({
    name: longName(at + 1),
    inbound_port: at + 2,
  }))
  await close()
  const path = `${REGION}/lbs/${lb.id}`
  const own = `/fairlead/v1/lbs/${lb.id}`
  const frontendPath = `${REGION}/frontends/${frontend.id}`
  const backendPath = `${REGION}/backends/${backend.id}`
  await measured('PUT acls, 200 with 20,000 addresses', () =>
    call('PUT', `${frontendPath}/acls`, largestAcls()),
  )
  const acls = (await call('GET', `${frontendPath}/acls?page_size=100`)).body.acls
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any shape.
  const rows = (table: string): any[] => {
    const database = new DatabaseSync(file, { readOnly: true })
    const all = database.prepare(`select * from ${table} where lb_id = ?`).all(lb.id)
    database.close()
    return all
  }
  const backends = rows('backends').map(({ id, servers }) => ({ id, servers: JSON.parse(servers) }))
  const frontends = rows('frontends').map(({ id, inbound_port: port }) => ({ id, port }))

  const nodes: Awaited<ReturnType<typeof follow>>[] = []
  for (const name of ['fr-par-a', 'fr-par-b'] as const) {
    await measured('a node connects', async () => {
      const node = await follow(controlPlane, name)
      nodes.push(node)
      const bytes = JSON.stringify(await node.untilSynced()).length
      return { status: node.response.status, body: null, bytes }
    })
  }
  // The event stream sends the load balancer's counters.
  const watching = new AbortController()
  const events = await fetch(`${controlPlane.url}/fairlead/v1/events?lb_id=${lb.id}`, {
    headers: { Authorization: `Bearer ${controlPlane.session}` },
    signal: watching.signal,
  })
  void events.body?.pipeTo(new WritableStream()).catch(() => {})
  const report = async (round: number): Promise<LbReport> => {
    const { generation } = (await call('GET', `${own}`)).body.lb
    return fullReport(lb.id, generation ?? 1, backends, frontends, round)
  }
  for (const node of nodes) {
    void (async () => {
      try {
        for (;;) await node.next()
      } catch {
        // The test is over.
      }
    })()
  }
  const reports = [await report(1), await report(2), await report(3)]
  for (const [round, one] of reports.entries()) {
    await measured(`a node's report ${round}`, async () => {
      await nodes[round % 2]?.report(one)
      return { status: 204, body: null, bytes: JSON.stringify(one).length }
    })
  }

  const patches = (count: number, change: (at: number) => object) =>
    Array.from({ length: count }, (_, at) => change(at))
  const patched = await measured('PATCH rules, 200 of each', () =>
    call('PATCH', `${own}/rules`, {
      backends: patches(200, (at) => ({
        ...{ id: backends[at]?.id, name: longName(at + 5000), server_ip: backends[at]?.servers },
        health_check: { port: 80, check_max_retries: 3, http_config: { uri: '/' } },
      })),
      frontends: patches(200, (at) => ({ id: frontends[at]?.id, name: longName(at + 5000) })),
      new_frontends: [],
    }),
  )
  expect(patched.status).toBe(200)
  await measured('PUT servers, 1,000', () =>
    call('PUT', `${backendPath}/servers`, { server_ip: addresses(1000, 20_000) }),
  )
  await measured('DELETE servers, 999', () =>
    call('DELETE', `${backendPath}/servers`, { server_ip: addresses(999, 20_000) }),
  )
  await measured('POST servers, 999', () =>
    call('POST', `${backendPath}/servers`, { server_ip: addresses(999, 20_000) }),
  )
  const { server_ip: _servers, health_check, ...plain } = backendInput()
  await measured('PUT backends', () => call('PUT', backendPath, { ...plain, name: 'web' }))
  await measured('PUT backends, another protocol (400)', () =>
    call('PUT', backendPath, { ...plain, forward_protocol: 'tcp' }),
  )
  await measured('PUT healthcheck', () => call('PUT', `${backendPath}/healthcheck`, health_check))
  await measured('PUT frontends, another backend', () =>
    call('PUT', frontendPath, { name: 'f', inbound_port: 1, backend_id: backends[1]?.id }),
  )
  await measured('PUT acls, the same', () => call('PUT', `${frontendPath}/acls`, largestAcls()))
  await measured('PUT acls/{id}', () =>
    call('PUT', `${REGION}/acls/${acls[0].id}`, { ...largestAcls().acls[0], name: 'renamed' }),
  )
  await measured('DELETE acls/{id}', () => call('DELETE', `${REGION}/acls/${acls[0].id}`))
  await measured('POST acls', () => call('POST', `${frontendPath}/acls`, largestAcls().acls[0]))
  await measured('POST routes', () =>
    call('POST', `${REGION}/routes`, {
      ...{ frontend_id: frontend.id, backend_id: backend.id },
      match: { host_header: 'a.example.com' },
    }),
  )
  await measured('PUT lbs', () => call('PUT', path, { name: longName(1), tags: TAGS }))
  await measured('POST migrate', () => call('POST', `${path}/migrate`, { type: 'lb-gp-m' }))
  const wrong = Array.from({ length: 1250 }, () => ({}))
  for (const [name, method, to] of [
    ['acls', 'PUT', `${frontendPath}/acls`],
    ['backends', 'POST', `${REGION}/lbs`],
    ['new_frontends', 'PATCH', `${own}/rules`],
  ] as const) {
    const refused = await measured(`${method}, 1,250 wrong ${name} (400)`, () =>
      call(method, to, { name: 'a', [name]: wrong }),
    )
    expect(refused.status).toBe(400)
  }
  await measured('POST draft-checks, 200 servers', () =>
    call('POST', '/fairlead/v1/draft-checks', {
      ...{ region: 'fr-par', forward_port: 80, server_ip: addresses(200) },
      health_check: { port: 80, check_max_retries: 1, check_timeout: 10 },
    }),
  )
  await measured('POST certificates, 64 KiB', () =>
    call('POST', `${path}/certificates`, {
      name: 'large',
      custom_certificate: { certificate_chain: largePem() },
    }),
  )
  await measured('POST follow-database, 1,000 ids (400)', () =>
    call('POST', '/fairlead/v1/follow-database', {
      lb_ids: Array.from({ length: 1000 }, () => lb.id),
    }),
  )
  await measured('PUT servers, 25,000 wrong (400)', () =>
    call('PUT', `${backendPath}/servers`, { server_ip: Array.from({ length: 25_000 }, () => 'x') }),
  )

  copyLine(file, 'set_servers', 100)
  for (const read of [
    `${path}/frontends?page_size=100`,
    `${path}/backends?page_size=100`,
    `${frontendPath}/acls?page_size=100`,
    `${REGION}/lbs?page_size=100`,
    `${path}/backend-stats?page_size=100`,
    `${path}/stats`,
    '/fairlead/v1/lbs?page_size=100',
    own,
    `${own}/observed`,
    `${own}/changes?page_size=100`,
    `${own}/changes/subjects`,
    `${own}/traffic?range=hour`,
    `${own}/traffic?range=week&backend_id=${backend.id}`,
    '/fairlead/v1/search?q=a b c d e f g h i j',
    '/fairlead/v1/audit?page_size=100',
    '/fairlead/v1/nodes',
    '/fairlead/v1/metrics',
    '/fairlead/v1/openapi.json',
  ]) {
    const name = read.replaceAll(lb.id, '{id}').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')
    const { status } = await measured(`GET ${name}`, () => call('GET', read))
    expect([read, status]).toEqual([read, 200])
  }
  const { changes } = (await call('GET', `${own}/changes?page_size=1`)).body
  await measured('GET changes/{id}/state', () =>
    call('GET', `${own}/changes/${changes[0].id}/state`),
  )
  const restore = { change_id: changes[0].id }
  await measured('POST restore, dry run', () =>
    call('POST', `${own}/restore?dry_run=true`, { change_id: changes[0].id }),
  )
  await measured('POST restore', () => call('POST', `${own}/restore`, restore))
  await measured('DELETE lbs, 1,000 backends and frontends', () => call('DELETE', path))
  await measured('POST restore, of a deleted load balancer', () =>
    call('POST', `${own}/restore`, restore),
  )
  watching.abort()
  for (const node of nodes) node.close()
  expect(controlPlane.over).toEqual([])
})
