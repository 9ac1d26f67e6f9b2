import { beforeEach, describe, expect, test } from 'vitest'
import type { AuditLine } from '#lib/core/audit.ts'
import { parseTrustedProxies } from '#lib/core/client-address.ts'
import {
  BFF_SECRET,
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const PASSWORD = 'another staple horse'
const ACCOUNTS = '/fairlead/v1/accounts'
const TOKENS = '/fairlead/v1/tokens'
const LBS = '/lb/v1/regions/fr-par/lbs'

type Headers = Record<string, string>
const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` })
const key = (secret: string): Headers => ({ 'X-Auth-Token': secret })

let controlPlane: RunningControlPlane
let call: RunningControlPlane['call']
let ada: Headers
let adaId: string

beforeEach(async () => {
  controlPlane = await runControlPlane({
    admin: ADA,
    trustedProxies: parseTrustedProxies('127.0.0.1'),
  })
  call = controlPlane.call
  const { body } = await call('POST', '/fairlead/v1/session', ADA, {})
  ada = bearer(body.token)
  adaId = body.account.id
  return () => controlPlane.stop()
})

/** An account with a role and a token of its own. */
async function person(role: string, scope = 'full') {
  const email = `${role}@example.com`
  const invited = await call('POST', ACCOUNTS, { email, role }, ada)
  const input = { token: invited.body.link.token, password: PASSWORD }
  const accepted = await call('POST', '/fairlead/v1/invitation/accept', input, {})
  const session = bearer(accepted.body.token)
  const made = (await call('POST', TOKENS, { name: `${role}'s`, scope }, session)).body
  const id = invited.body.id as string
  return {
    id,
    email,
    session,
    accessKey: made?.access_key as string,
    secret: key(made?.secret_key),
  }
}

const listed = async (accessKey: string, as = ada) =>
  (await call('GET', TOKENS, undefined, as)).body.tokens.find(
    ({ access_key }: { access_key: string }) => access_key === accessKey,
  )
const statusOf = async (method: string, headers: Headers) =>
  (await call(method, LBS, method === 'GET' ? undefined : { name: 'x' }, headers)).status
const patchPerson = (id: string, input: object) => call('PATCH', `${ACCOUNTS}/${id}`, input, ada)

describe('a token', () => {
  test('belongs to the account that created it, and so do tokens that it creates', async () => {
    const bob = await person('editor')
    const child = (await call('POST', TOKENS, { name: 'child' }, bob.secret)).body
    const owner = { id: bob.id, email: bob.email, state: 'active' }
    for (const accessKey of [bob.accessKey, child.access_key]) {
      expect(await listed(accessKey)).toMatchObject({ owner, state: 'active' })
    }
    expect(await listed('SCWTESTTESTTESTTEST1')).toMatchObject({ owner: null })
    const iam = `/iam/v1alpha1/api-keys/${bob.accessKey}`
    expect((await call('GET', iam, undefined, ada)).body.user_id).toBe(bob.id)
  })

  test.each([
    ['disabled', (id: string) => patchPerson(id, { disabled: true })],
    ['removed', (id: string) => call('DELETE', `${ACCOUNTS}/${id}`, undefined, ada)],
  ])(
    'is refused once its owner is %s, with what it made, until it is handed over',
    async (state, end) => {
      const bob = await person('editor')
      const child = (await call('POST', TOKENS, { name: 'child' }, bob.secret)).body
      expect(await statusOf('POST', bob.secret)).toBe(200)
      expect((await end(bob.id)).status).toBeLessThan(300)
      for (const headers of [bob.secret, key(child.secret_key)]) {
        const refused = await call('GET', LBS, undefined, headers)
        expect([refused.status, refused.body.message]).toEqual([
          401,
          expect.stringMatching(/is disabled because its owner's account is .* can transfer it\.$/),
        ])
        expect(await statusOf('POST', headers)).toBe(401)
      }
      const email = state === 'removed' ? null : bob.email
      expect(await listed(bob.accessKey)).toMatchObject({
        state: 'disabled',
        owner: { id: bob.id, email, state },
      })
      const handed = await call('PATCH', `${TOKENS}/${bob.accessKey}`, { owner_id: adaId }, ada)
      expect(handed.body).toMatchObject({
        state: 'active',
        owner: { id: adaId, email: ADA.email },
        created_by: bob.email,
      })
      expect(await statusOf('POST', bob.secret)).toBe(200)
      expect(await statusOf('GET', key(child.secret_key))).toBe(401)
    },
  )

  test("works again when its owner's account is enabled again", async () => {
    const bob = await person('editor')
    await patchPerson(bob.id, { disabled: true })
    expect(await statusOf('GET', bob.secret)).toBe(401)
    await patchPerson(bob.id, { disabled: false })
    expect(await statusOf('GET', bob.secret)).toBe(200)
  })

  test("has no more rights than its owner's role", async () => {
    const bob = await person('editor')
    expect(await statusOf('POST', bob.secret)).toBe(200)
    await patchPerson(bob.id, { role: 'viewer' })
    expect([await statusOf('GET', bob.secret), await statusOf('POST', bob.secret)]).toEqual([
      200, 403,
    ])
    await patchPerson(bob.id, { role: 'owner' })
    expect(await statusOf('POST', bob.secret)).toBe(200)
    // No token has the rights of owners.
    expect((await call('GET', '/fairlead/v1/audit', undefined, bob.secret)).status).toBe(403)
  })
})

describe('a transfer of a token', () => {
  test('is for owners of the installation, and for no token', async () => {
    const bob = await person('editor')
    const carol = await person('owner')
    const handOver = (accessKey: string, ownerId: string, as: Headers) =>
      call('PATCH', `${TOKENS}/${accessKey}`, { owner_id: ownerId }, as)
    expect((await handOver(carol.accessKey, bob.id, bob.session)).status).toBe(403)
    for (const headers of [bob.secret, key(SECRET_KEY)]) {
      const refused = await handOver(bob.accessKey, carol.id, headers)
      expect([refused.status, refused.body.precondition]).toEqual([412, 'session'])
    }
    expect(await listed(bob.accessKey)).toMatchObject({ owner: { id: bob.id } })
    // Its creator knows the secret, and could keep access with it after being disabled.
    expect((await handOver(bob.accessKey, carol.id, bob.session)).status).toBe(403)
    expect(await listed(bob.accessKey)).toMatchObject({ owner: { id: bob.id } })
    expect((await handOver(bob.accessKey, carol.id, ada)).body.owner.id).toBe(carol.id)
    expect((await handOver(bob.accessKey, bob.id, ada)).body.owner.id).toBe(bob.id)
    const lines = await call('GET', '/fairlead/v1/audit?kind=changes&page_size=2', undefined, ada)
    expect(lines.body.lines.map(({ change }: AuditLine) => change?.verb)).toEqual([
      'hand_over',
      'hand_over',
    ])
    expect(lines.body.lines[0].change).toMatchObject({
      before: { owner: { id: carol.id } },
      after: { owner: { id: bob.id } },
    })
    const settings = await handOver('SCWTESTTESTTESTTEST1', bob.id, ada)
    expect([settings.status, settings.body.precondition]).toEqual([412, 'from_settings'])
  })

  test('needs an account that can log in, with the rights of the token', async () => {
    const bob = await person('editor')
    const viewer = await person('viewer')
    const reading = (
      await call('POST', TOKENS, { name: 'reading', scope: 'read_only' }, bob.session)
    ).body
    const handOver = (ownerId: string, accessKey = bob.accessKey) =>
      call('PATCH', `${TOKENS}/${accessKey}`, { owner_id: ownerId }, ada)
    await patchPerson(viewer.id, { disabled: true })
    for (const nobody of [viewer.id, 'nobody', '']) {
      const refused = await handOver(nobody)
      expect([refused.status, refused.body.details[0].argument_name]).toEqual([400, 'owner_id'])
    }
    await patchPerson(viewer.id, { disabled: false })
    expect((await handOver(viewer.id)).body.details[0].help_message).toMatch(/^A viewer can't own/)
    expect((await handOver(viewer.id, reading.access_key)).status).toBe(200)
  })
})

describe('networks', () => {
  const from = (address: string): Headers => ({ 'X-Forwarded-For': address })

  test("limit a token on each request, by the client's true address", async () => {
    const networks = ['203.0.113.0/24', ' 2001:db8::/32 ']
    const made = (await call('POST', TOKENS, { name: 'office', networks }, ada)).body
    expect(made.networks).toEqual(['203.0.113.0/24', '2001:db8::/32'])
    const secret = key(made.secret_key)
    for (const address of ['203.0.113.7', '2001:db8::7', '192.0.2.1, 203.0.113.7']) {
      expect([address, await statusOf('GET', { ...secret, ...from(address) })]).toEqual([
        address,
        200,
      ])
    }
    for (const address of ['198.51.100.7', '2001:db9::7', '203.0.113.7, 198.51.100.7']) {
      const refused = await call('GET', LBS, undefined, { ...secret, ...from(address) })
      expect([address, refused.status, refused.body.type]).toEqual([
        address,
        403,
        'permissions_denied',
      ])
      expect(refused.body.help_message).toMatch(
        /^This API token can't be used from \S+\. Its owner/,
      )
    }
    expect(await statusOf('GET', secret)).toBe(403)
    const scraped = await call('GET', '/fairlead/v1/metrics', undefined, bearer(made.secret_key))
    expect(scraped.status).toBe(403)
    // For requests through the console, the browser's address counts.
    const visitor = { 'X-Fairlead-Client-Ip': '203.0.113.9', 'X-Fairlead-Bff-Secret': BFF_SECRET }
    expect(await statusOf('GET', { ...secret, ...visitor })).toBe(200)
    const audited = async () =>
      (await call('GET', '/fairlead/v1/audit?kind=denials', undefined, ada)).body.lines.map(
        ({ actor, address }: AuditLine) => `${actor.name} ${address}`,
      )
    await expect.poll(audited).toContain(`${made.access_key} 198.51.100.7`)
    const changed = await call('PATCH', `${TOKENS}/${made.access_key}`, { networks: [] }, ada)
    expect(changed.body.networks).toEqual([])
    expect(await statusOf('GET', secret)).toBe(200)
  })

  test('of a token also limit tokens that it creates', async () => {
    const networks = ['10.0.0.0/8', '203.0.113.0/24']
    const made = (await call('POST', TOKENS, { name: 'office', networks }, ada)).body
    const secret = { ...key(made.secret_key), ...from('10.1.1.1') }
    const make = (input: object) => call('POST', TOKENS, { name: 'child', ...input }, secret)
    expect((await make({})).body.networks).toEqual(networks)
    expect((await make({ networks: ['10.2.0.0/16'] })).body.networks).toEqual(['10.2.0.0/16'])
    for (const wider of ['10.0.0.0/7', '0.0.0.0/0', '192.0.2.1', '::/0']) {
      const refused = await make({ networks: [wider] })
      expect([wider, refused.status, refused.body.details[0].argument_name]).toEqual([
        wider,
        400,
        'networks',
      ])
    }
  })
})
