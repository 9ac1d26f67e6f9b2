import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import {
  ACCESS_KEY,
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { findProgram } from '#lib/testing/programs/programs.ts'
import { type CopiedFormat, copiedAs } from './copied-formats.ts'
import type { LbWithRules } from './creations.ts'
import { AWKWARD_ACLS, AWKWARD_LB } from './testing/awkward-lb.ts'
import { parseHcl } from './testing/parse-hcl.ts'
import { SCW_ARGUMENTS } from './testing/scw-arguments.ts'

const run = promisify(execFile)
const REGION = '/lb/v1/regions/fr-par'
const MODULES = join(import.meta.dirname, '..', '..', '..', 'node_modules')
const env = {
  NODE_ENV: 'test' as const,
  PATH: process.env.PATH,
  SCW_ACCESS_KEY: ACCESS_KEY,
  SCW_SECRET_KEY: SECRET_KEY,
}

let controlPlane: RunningControlPlane
let directory: string
let original: LbWithRules

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-copied-'))
  symlinkSync(MODULES, join(directory, 'node_modules'))
  controlPlane = await runControlPlane()
  const ip = await ok('POST', `${REGION}/ips`, { reverse: 'www.example.com', tags: ['kept'] })
  const lb = await ok('POST', `${REGION}/lbs`, { ...AWKWARD_LB, ip_id: ip.id })
  const { backends, frontends } = await fetchLb(lb.id)
  const [http, tcp] = frontends
  const target = backends.find(({ name }) => name === 'tcp 2')?.id
  for (const [frontend, backend, match] of [
    [http, backends[0]?.id, { path_begin: "/it's" }],
    [http, backends[0]?.id, { path_begin: 'without-a-slash' }],
    [http, backends[0]?.id, { host_header: 'www.example.com', match_subdomains: true }],
    [tcp, target, { sni: 'www.example.com' }],
  ] as const) {
    const body = { frontend_id: frontend?.id, backend_id: backend, match }
    await ok('POST', `${REGION}/routes`, body)
  }
  await ok('PUT', `${REGION}/frontends/${http?.id}/acls`, { acls: AWKWARD_ACLS })
  original = await fetchLb(lb.id)
})
afterAll(async () => {
  await controlPlane?.stop()
  rmSync(directory, { recursive: true })
})

async function ok(method: string, path: string, body?: unknown) {
  const answer = await controlPlane.call(method, path, body)
  expect([answer.status, answer.body]).toEqual([200, answer.body])
  return answer.body
}

async function fetchLb(id: string): Promise<LbWithRules> {
  const lb = await ok('GET', `${REGION}/lbs/${id}`)
  const { backends } = await ok('GET', `${REGION}/lbs/${id}/backends?page_size=100`)
  const { frontends } = await ok('GET', `${REGION}/lbs/${id}/frontends?page_size=100`)
  const { routes } = await ok('GET', `${REGION}/routes?lb_id=${id}`)
  const lists = await Promise.all(
    (frontends as Frontend[]).map((one) => ok('GET', `${REGION}/frontends/${one.id}/acls`)),
  )
  return { lb, backends, frontends, routes, acls: lists.flatMap(({ acls }) => acls) }
}

const OWN = [
  'frontend_id',
  'backend_id',
  'id',
  'created_at',
  'updated_at',
  'ip_address',
  'lb_id',
  'instances',
  'status',
  'lb',
]

/** The fields that equal load balancers share: all but IDs, times, addresses and states. */
function described(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, one) => (OWN.includes(key) ? undefined : one)))
}

/** The load balancer that was created last. */
async function newest(): Promise<LbWithRules> {
  const { lbs }: { lbs: Lb[] } = await ok('GET', `${REGION}/lbs?order_by=created_at_desc`)
  expect(lbs[0]?.id).not.toBe(original.lb.id)
  return fetchLb(lbs[0]?.id ?? '')
}

async function written(format: CopiedFormat, name: string): Promise<string> {
  const path = join(directory, name)
  writeFileSync(path, copiedAs(format, original, controlPlane.url))
  return path
}

test.each(['sh', 'bash'])('the curl script creates an equal load balancer in %s', async (shell) => {
  const { stdout } = await run(shell, [await written('curl', 'copy.sh')], { env })
  const copy = await newest()
  expect(stdout).toBe(`Load balancer ${copy.lb.id} has been created.\n`)
  expect(described(copy)).toEqual(described(original))
  await ok('GET', `${REGION}/lbs/${copy.lb.id}`)
})

test('the curl script stops at the first error and prints it', async () => {
  const path = await written('curl', 'refused.sh')
  const refused = run('sh', [path], { env: { ...env, SCW_SECRET_KEY: 'wrong' } })
  await expect(refused).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('The secret key is not valid.'),
  })
})

test("the module with Scaleway's SDK makes an equal load balancer", async () => {
  const path = await written('sdk', 'copy.mts')
  await run(process.execPath, [path], { env })
  expect(described(await newest())).toEqual(described(original))
})

test("the module's types are the SDK's", async () => {
  const path = await written('sdk', 'typed.mts')
  const options = '--noEmit --strict --skipLibCheck --module nodenext --target esnext --types node'
  const tsc = join(MODULES, '.bin', 'tsc')
  const errors = await run(tsc, [...options.split(' '), path], { env, cwd: directory }).then(
    ({ stdout }) => stdout,
    (error) => error.stdout || error.message,
  )
  expect(errors).toBe('')
})

test('the Terraform configuration is formatted like `terraform fmt`', async ({ skip }) => {
  const terraform = findProgram('terraform')
  if (!terraform) return skip('terraform is missing')
  const path = await written('terraform', 'copy.tf')
  const { stdout } = await run(terraform, ['fmt', '-check', '-diff', path], { env }).catch(
    (error) => error,
  )
  expect(stdout).toBe('')
})

test('the Terraform configuration has all values under the names of the provider', () => {
  const blocks = parseHcl(copiedAs('terraform', original, controlPlane.url))
  expect(blocks.map(({ head }) => head.join(' '))).toEqual([
    'terraform',
    'provider scaleway',
    'resource scaleway_lb_ip shop',
    'resource scaleway_lb shop',
    'resource scaleway_lb_backend it_s_so_home_id_id_if_e_1_end',
    'resource scaleway_lb_backend tcp_2',
    'resource scaleway_lb_backend mysql_2',
    'resource scaleway_lb_backend pgsql_2',
    'resource scaleway_lb_backend redis_2',
    'resource scaleway_lb_backend ldap_2',
    'resource scaleway_lb_backend tcp_2_2',
    'resource scaleway_lb_frontend frontend',
    'resource scaleway_lb_frontend frontend_2',
    'resource scaleway_lb_route it_s',
    'resource scaleway_lb_route without_a_slash',
    'resource scaleway_lb_route www_example_com',
    'resource scaleway_lb_route www_example_com_2',
    'resource scaleway_lb_acl office_only',
    'resource scaleway_lb_acl to_www',
    'resource scaleway_lb_acl prefixes',
  ])
  const [, provider, ip, lb, backend, plain] = blocks
  const { name, description, tags, project_id } = original.lb
  const [first] = original.backends
  expect(provider?.arguments).toEqual({ api_url: controlPlane.url, zone: 'fr-par-1' })
  const reverse = 'www.example.com'
  expect(ip?.arguments).toEqual({ project_id, is_ipv6: false, reverse, tags: ['kept'] })
  expect(lb?.arguments).toEqual({
    name,
    description,
    project_id,
    type: 'lb-gp-m',
    ip_ids: ['<scaleway_lb_ip.shop.id>'],
    tags,
    ssl_compatibility_level: 'ssl_compatibility_level_modern',
  })
  expect(backend).toMatchObject({
    arguments: {
      lb_id: '<scaleway_lb.shop.id>',
      name: first?.name,
      sticky_sessions_cookie_name: "it's$me",
      server_ips: first?.pool,
      proxy_protocol: 'v2_ssl_cn',
      on_marked_down_action: 'shutdown_sessions',
      timeout_server: '90s',
      timeout_connect: '250ms',
      timeout_queue: '0.250s',
      max_retries: 0,
      health_check_delay: '1500ms',
      health_check_max_retries: 4,
      health_check_transient_delay: '0.100s',
    },
    blocks: [{ head: ['health_check_https'], arguments: first?.health_check.https_config }],
  })
  const last = blocks.slice(-5, -1)
  expect(last[0]?.arguments).toEqual({
    frontend_id: '<scaleway_lb_frontend.frontend.id>',
    backend_id: '<scaleway_lb_backend.it_s_so_home_id_id_if_e_1_end.id>',
    match_host_header: 'www.example.com',
    match_subdomains: true,
  })
  expect(last[3]).toEqual({
    head: ['resource', 'scaleway_lb_acl', 'to_www'],
    arguments: {
      frontend_id: '<scaleway_lb_frontend.frontend.id>',
      name: 'to www',
      index: 9,
      description: AWKWARD_ACLS[1]?.description,
    },
    blocks: [
      {
        head: ['action'],
        arguments: { type: 'redirect' },
        blocks: [{ head: ['redirect'], arguments: AWKWARD_ACLS[1]?.action.redirect, blocks: [] }],
      },
      { head: ['match'], arguments: AWKWARD_ACLS[1]?.match, blocks: [] },
    ],
  })
  expect(plain?.arguments).toMatchObject({ health_check_delay: '3s', health_check_timeout: '1s' })
})

test('the scw commands use arguments that scw has, with unaltered values', async () => {
  const script = await written('scw', 'copy-scw.sh')
  // Prints its arguments, and a response like the program's.
  const scw = `scw() { printf '%s\\0' "$@" END >&2; echo '{"id":"ID of '"$2"'"}'; }\n. "$0"`
  const { stderr } = await run('sh', ['-c', scw, script], { env })
  const calls = stderr
    .split('END\0')
    .slice(0, -1)
    .map((call) => call.split('\0').slice(0, -1))
  const nameOf = (argument: string) => argument.split('=')[0]?.replaceAll(/\.\d+/g, '.{index}')
  for (const [, kind = '', verb, ...given] of calls) {
    expect(verb).toBe('create')
    const names = given.map(nameOf)
    expect(names.filter((name) => !SCW_ARGUMENTS[kind]?.includes(name ?? ''))).toEqual([])
  }
  const [, lb, backend] = calls
  expect(lb).toEqual(expect.arrayContaining([`name=${original.lb.name}`, 'ip-ids.0=ID of ip']))
  expect(lb).toContain(`description=${original.lb.description}`)
  const [first] = original.backends
  expect(backend).toEqual(
    expect.arrayContaining([
      'lb-id=ID of lb',
      `name=${first?.name}`,
      'server-ip.3=fd00::1',
      'timeout-connect=250ms',
      'health-check.check-delay=1500ms',
      'health-check.transient-check-delay=0.100s',
      `health-check.https-config.uri=${first?.health_check.https_config?.uri}`,
    ]),
  )
})
