import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filled, furnish, type Ids } from '#lib/testing/control-plane/furnished.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { TIMING } from '../notifications/timing.ts'

const ADA = { email: 'ada@confidential.example', password: 'correct horse battery' }
const PASSWORD = 'another staple horse'
const REGION = '/lb/v1/regions/fr-par'
const ACCOUNTS = '/fairlead/v1/accounts'

/** Data that viewers and read-only tokens must not get. */
const CONFIDENTIAL = {
  'the address of the first account': ADA.email,
  'the address of somebody invited': 'bob@confidential.example',
  'the address of somebody who is gone': 'carol@confidential.example',
  'where a webhook leads': 'https://hooks.example/services/T0/CONFIDENTIAL',
  'where mail goes': 'oncall@confidential.example',
  'what a mail server said': 'rejected@confidential.example',
}
const VIEWER = 'viewer@allowed.example'

let controlPlane: RunningControlPlane
let ids: Ids
let callers: Record<'owner' | 'editor' | 'viewer' | 'full' | 'read_only', Record<string, string>>

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

async function person(owner: Record<string, string>, email: string, role: string) {
  const { call } = controlPlane
  const { body } = await call('POST', ACCOUNTS, { email, role }, owner)
  const input = { token: body.link.token, password: PASSWORD }
  const accepted = await call('POST', '/fairlead/v1/invitation/accept', input, {})
  return { id: body.id as string, session: bearer(accepted.body.token) }
}

async function token(scope: string, session: Record<string, string>) {
  const made = await controlPlane.call(
    'POST',
    '/fairlead/v1/tokens',
    { name: scope, scope },
    session,
  )
  return { 'X-Auth-Token': made.body.secret_key as string }
}

beforeAll(async () => {
  controlPlane = await runControlPlane({
    admin: ADA,
    notifications: {
      smtp: { url: 'smtp://127.0.0.1:1', from: 'fairlead@example.com' },
      missingSmtp: [],
      timing: TIMING,
    },
  })
  const { call } = controlPlane
  const { key, certificate } = makeCertificate()
  ids = await furnish(controlPlane, key + certificate)
  Object.assign(ids, { region: 'fr-par', zone: 'fr-par-1', 'api-keys': ids.tokens ?? '' })
  const { body: session } = await call('POST', '/fairlead/v1/session', ADA, {})
  const owner = bearer(session.token)
  ids.users = session.account.id
  await call('POST', ACCOUNTS, { email: 'bob@confidential.example', role: 'editor' }, owner)
  const carol = await person(owner, 'carol@confidential.example', 'editor')
  callers = {
    owner,
    editor: (await person(owner, 'editor@allowed.example', 'editor')).session,
    viewer: (await person(owner, VIEWER, 'viewer')).session,
    full: await token('full', carol.session),
    read_only: await token('read_only', owner),
  }
  // Changes by carol and ada are in histories that everyone can read.
  const lb = `${REGION}/lbs/${ids.lbs}`
  await call('PUT', lb, { name: 'shop', description: 'by carol' }, carol.session)
  await call('PUT', lb, { name: 'shop', description: 'by ada' }, owner)
  await call('POST', '/fairlead/v1/tokens', { name: 'hers' }, carol.session)
  const webhook = { name: 'hook', webhook_config: { uri: CONFIDENTIAL['where a webhook leads'] } }
  await call('PUT', `${REGION}/subscribers/${ids.subscriber}`, webhook)
  const mail = { name: 'mail', email_config: { email: CONFIDENTIAL['where mail goes'] } }
  const mailed = (await call('POST', `${REGION}/subscribers`, mail)).body
  const subscribed = await call('POST', `${REGION}/lb/${ids.lbs}/subscribe`, {
    subscriber_id: ids.subscriber,
  })
  expect([mailed.name, subscribed.status]).toEqual(['mail', 200])
  await call('DELETE', `${ACCOUNTS}/${carol.id}`, undefined, owner)
  using database = new DatabaseSync(controlPlane.settings.databaseFile)
  const at = new Date().toISOString()
  const outcome = `550 <${CONFIDENTIAL['what a mail server said']}>: unknown`
  const attempts = JSON.stringify([{ at, status: 550, outcome, duration_ms: 1 }])
  database
    .prepare(
      `insert into deliveries (subscriber_id, lb_id, event_id, event_type, at, body, status, attempts, attempt_count, next_attempt_at)
       values (?, null, 'e1', 'test', ?, '{}', 'given_up', ?, 1, null)`,
    )
    .run(ids.subscriber ?? '', at, attempts)
})
afterAll(() => controlPlane.stop())

/** Every GET call in the OpenAPI document, in every region and zone, and the undocumented ones. */
async function everyRead(): Promise<string[]> {
  const document = await controlPlane.call('GET', '/fairlead/v1/openapi.json')
  const paths = Object.entries(document.body.paths as Record<string, object>)
  const reads = paths.filter(([, calls]) => 'get' in calls).map(([path]) => filled({ path }, ids))
  const beside = [
    '/fairlead/v1/session',
    '/fairlead/v1/setup',
    '/fairlead/v1/openapi.json',
    `/fairlead/v1/events?lb_id=${ids.lbs}`,
    '/fairlead/v1/search?q=confidential',
  ]
  return [...reads, ...beside]
}

/** The responses to every read; the first events of a stream. */
async function toldTo(caller: Record<string, string>): Promise<string[]> {
  const answers: string[] = []
  for (const path of await everyRead()) {
    const abort = new AbortController()
    const response = await fetch(controlPlane.url + path, { headers: caller, signal: abort.signal })
    if (!path.includes('/events'))
      answers.push(`${response.status} ${path} ${await response.text()}`)
    else {
      const first = await response.body?.getReader().read()
      answers.push(`${response.status} ${path} ${Buffer.from(first?.value ?? []).toString()}`)
      abort.abort()
    }
  }
  return answers
}

const leaks = (answers: readonly string[]) =>
  Object.entries(CONFIDENTIAL).flatMap(([what, text]) =>
    answers.filter((answer) => answer.includes(text)).map((answer) => `${what}: ${answer}`),
  )

test.each(['viewer', 'read_only'] as const)(
  '%s gets no webhook address and no email of others from any read',
  async (who) => {
    const answers = await toldTo(callers[who])
    expect(answers.length).toBeGreaterThan(60)
    expect(leaks(answers)).toEqual([])
    expect(answers.join('\n')).toContain('(hidden)')
    // Their own email is not confidential to them.
    expect(answers.join('\n').includes(VIEWER)).toBe(who === 'viewer')
    expect(answers.join('\n')).not.toContain('editor@allowed.example')
  },
)

test('an editor and an owner get all of it, so the reads above do contain it', async () => {
  for (const who of ['editor', 'owner'] as const) {
    const answers = await toldTo(callers[who])
    // All calls succeed, except for these.
    const absent = answers.filter((answer) => !answer.startsWith('200'))
    expect(absent.map((answer) => /^\d+ \/[\w-]+/.exec(answer)?.[0]).toSorted()).toEqual([
      // The audit log, and its export.
      ...(who === 'editor' ? ['403 /fairlead', '403 /fairlead'] : []),
      ...['404 /account', '404 /ipam', '404 /vpc', '404 /vpc'],
    ])
    const bodies = answers.join('\n')
    const missing = Object.entries(CONFIDENTIAL).filter(([, text]) => !bodies.includes(text))
    expect([who, missing]).toEqual([who, []])
  }
})

test("the responses to a viewer's own session changes have none of it either", async () => {
  const ended = await controlPlane.call(
    'POST',
    '/fairlead/v1/sessions/end-others',
    {},
    callers.viewer,
  )
  expect([ended.status, leaks([JSON.stringify(ended.body)])]).toEqual([200, []])
})
