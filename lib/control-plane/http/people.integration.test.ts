import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Person } from '#lib/core/person.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const BOB = { email: 'bob@example.com', name: 'Bob', role: 'editor' }
const PASSWORD = 'another staple horse'
const SESSION = '/fairlead/v1/session'
const ACCOUNTS = '/fairlead/v1/accounts'
const INVITATION = '/fairlead/v1/invitation'
const LBS = '/lb/v1/regions/fr-par/lbs'

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

let controlPlane: RunningControlPlane
let ada: Record<string, string>
let call: RunningControlPlane['call']

beforeEach(async () => {
  controlPlane = await runControlPlane({ admin: ADA })
  call = controlPlane.call
  ada = bearer((await call('POST', SESSION, ADA, {})).body.token)
  return () => controlPlane.stop()
})

const people = async (): Promise<Person[]> =>
  (await call('GET', ACCOUNTS, undefined, ada)).body.accounts
const accept = (token: string, password = PASSWORD) =>
  call('POST', `${INVITATION}/accept`, { token, password }, {})
const logIn = (email: string, password: string) => call('POST', SESSION, { email, password }, {})

/** Invites Bob and has him choose a password. */
async function bobIsIn(role = 'editor') {
  const invited = (await call('POST', ACCOUNTS, { ...BOB, role }, ada)).body
  const { body } = await accept(invited.link.token)
  return { id: invited.id as string, session: bearer(body.token) }
}

describe('an invitation', () => {
  test('is a one-time link to choose a password', async () => {
    const invited = await call('POST', ACCOUNTS, { ...BOB, email: ' BOB@example.com ' }, ada)
    expect(invited.body).toMatchObject({ ...BOB, state: 'invited', last_login_at: null })
    const { token, expires_at } = invited.body.link
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(6.9 * 24 * 3_600_000)
    expect((await logIn(BOB.email, '')).status).toBe(400)
    expect((await logIn(BOB.email, PASSWORD)).status).toBe(401)

    const opened = await call('POST', INVITATION, { token }, {})
    expect(opened.body).toEqual({ email: BOB.email, name: 'Bob', invitation: true })
    expect((await accept(token, 'short')).body.details[0].argument_name).toBe('password')
    const accepted = await accept(token)
    expect(accepted.body.account).toMatchObject({ email: BOB.email, role: 'editor' })
    const made = await call('POST', LBS, { name: 'his' }, bearer(accepted.body.token))
    expect(made.status).toBe(200)
    const again = await accept(token)
    expect([again.status, again.body.precondition]).toEqual([412, 'password_link'])
    expect(await people()).toMatchObject([
      { email: ADA.email, role: 'owner', state: 'active', last_login_at: expect.any(String) },
      { email: BOB.email, state: 'active', last_login_at: expect.any(String) },
    ])
    expect((await logIn(BOB.email, PASSWORD)).status).toBe(200)
  })

  test('is replaced by a newer one, and expires', async () => {
    const { id, link } = (await call('POST', ACCOUNTS, BOB, ada)).body
    const newer = (await call('POST', `${ACCOUNTS}/${id}/link`, {}, ada)).body
    expect((await accept(link.token)).status).toBe(412)
    const database = new DatabaseSync(controlPlane.settings.databaseFile)
    const content = JSON.stringify(database.prepare('select * from password_links').all())
    expect(content).not.toContain(newer.token)
    database
      .prepare('update password_links set expires_at = ?')
      .run(new Date(Date.now() - 1).toISOString())
    database.close()
    expect((await call('POST', INVITATION, { token: newer.token }, {})).status).toBe(412)
    expect((await accept(newer.token)).status).toBe(412)
  })

  test('for an existing account, or without an email and a role, is refused with the reason', async () => {
    const taken = await call('POST', ACCOUNTS, { ...BOB, email: ADA.email }, ada)
    expect(taken.body.details).toMatchObject([
      { argument_name: 'email', help_message: 'ada@example.com has an account already.' },
    ])
    const nothing = await call('POST', ACCOUNTS, {}, ada)
    expect(nothing.body.details.map((one: { argument_name: string }) => one.argument_name)).toEqual(
      ['email', 'role'],
    )
    expect(await people()).toHaveLength(1)
  })

  test('is accepted once by concurrent requests', async () => {
    const { link } = (await call('POST', ACCOUNTS, BOB, ada)).body
    const answers = await Promise.all([1, 2, 3].map((i) => accept(link.token, `${PASSWORD} ${i}`)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412])
  })
})

test('guesses of links are throttled', async () => {
  const few = { admin: ADA, logInFailures: { account: 10, address: 3 } }
  await using held = await runControlPlane(few)
  const guess = () => held.call('POST', INVITATION, { token: 'guess' }, {})
  for (let guesses = 0; guesses < 3; guesses += 1) expect((await guess()).status).toBe(412)
  const refused = await guess()
  expect([refused.status, Number(refused.headers.get('retry-after')) > 200]).toEqual([429, true])
  // A valid link works although others in the network are throttled.
  const owner = bearer((await held.call('POST', SESSION, ADA, {})).body.token)
  const { link } = (await held.call('POST', ACCOUNTS, BOB, owner)).body
  const input = { token: link.token, password: PASSWORD }
  expect((await held.call('POST', `${INVITATION}/accept`, input, {})).status).toBe(200)
})

describe('an account', () => {
  test('has its new role from the next request on', async () => {
    const bob = await bobIsIn()
    const asBob = () => call('POST', LBS, { name: 'x' }, bob.session)
    expect((await asBob()).status).toBe(200)
    const changed = await call('PATCH', `${ACCOUNTS}/${bob.id}`, { role: 'viewer' }, ada)
    expect(changed.body).toMatchObject({ role: 'viewer', name: 'Bob' })
    expect((await asBob()).status).toBe(403)
    expect((await call('PATCH', `${ACCOUNTS}/${bob.id}`, { role: 'boss' }, ada)).status).toBe(400)
  })

  test('loses its sessions at once and for good when it is disabled or removed', async () => {
    const bob = await bobIsIn()
    const patch = (input: object) => call('PATCH', `${ACCOUNTS}/${bob.id}`, input, ada)
    expect((await patch({ disabled: true })).body.state).toBe('disabled')
    expect((await call('GET', LBS, undefined, bob.session)).status).toBe(401)
    expect((await logIn(BOB.email, PASSWORD)).status).toBe(401)
    expect((await call('POST', `${ACCOUNTS}/${bob.id}/link`, {}, ada)).status).toBe(412)
    expect((await patch({ disabled: false })).body.state).toBe('active')
    // Former sessions stay ended.
    expect((await call('GET', LBS, undefined, bob.session)).status).toBe(401)
    const again = bearer((await logIn(BOB.email, PASSWORD)).body.token)
    expect((await call('DELETE', `${ACCOUNTS}/${bob.id}`, undefined, ada)).status).toBe(204)
    expect((await call('GET', LBS, undefined, again)).status).toBe(401)
    expect((await logIn(BOB.email, PASSWORD)).status).toBe(401)
    expect((await call('DELETE', `${ACCOUNTS}/${bob.id}`, undefined, ada)).status).toBe(404)
    // The email can be used again.
    expect((await call('POST', ACCOUNTS, BOB, ada)).status).toBe(200)
  })

  test('gets a new password with a link, which ends its sessions', async () => {
    const bob = await bobIsIn()
    const { body: link } = await call('POST', `${ACCOUNTS}/${bob.id}/link`, {}, ada)
    expect((await call('GET', LBS, undefined, bob.session)).status).toBe(200)
    const opened = await call('POST', INVITATION, { token: link.token }, {})
    expect(opened.body.invitation).toBe(false)
    expect((await accept(link.token, 'quite another one')).status).toBe(200)
    expect((await call('GET', LBS, undefined, bob.session)).status).toBe(401)
    expect((await logIn(BOB.email, PASSWORD)).status).toBe(401)
    expect((await logIn(BOB.email, 'quite another one')).status).toBe(200)
  })

  test.each([
    [
      'their own new password',
      async (bob: { session: Record<string, string> }) => {
        const passwords = { current_password: PASSWORD, new_password: 'quite another one' }
        return call('POST', '/fairlead/v1/account/password', passwords, bob.session)
      },
    ],
    [
      'being disabled, for good',
      async (bob: { id: string }) => {
        await call('PATCH', `${ACCOUNTS}/${bob.id}`, { disabled: true }, ada)
        return call('PATCH', `${ACCOUNTS}/${bob.id}`, { disabled: false }, ada)
      },
    ],
    [
      'a new password by link: that very link',
      async (_bob: object, token: string) => accept(token, 'quite another one'),
    ],
  ])('has no valid password link after %s', async (_case, end) => {
    const bob = await bobIsIn()
    const { body: link } = await call('POST', `${ACCOUNTS}/${bob.id}/link`, {}, ada)
    expect((await call('POST', INVITATION, { token: link.token }, {})).status).toBe(200)
    expect((await end(bob, link.token)).status).toBe(200)
    for (const refused of [
      await call('POST', INVITATION, { token: link.token }, {}),
      await accept(link.token, 'an attacker chose this'),
    ]) {
      expect([refused.status, refused.body.precondition]).toEqual([412, 'password_link'])
    }
    expect((await logIn(BOB.email, 'an attacker chose this')).status).toBe(401)
  })

  test('is not removed, disabled or demoted if it is the last owner who can log in', async () => {
    const [me] = await people()
    const own = `${ACCOUNTS}/${me?.id}`
    // Invited, but without a password yet.
    await call('POST', ACCOUNTS, { ...BOB, role: 'owner' }, ada)
    for (const input of [{ role: 'editor' }, { disabled: true }]) {
      const { status, body } = await call('PATCH', own, input, ada)
      expect([status, body.precondition]).toEqual([412, 'last_owner'])
    }
    const removed = await call('DELETE', own, undefined, ada)
    expect([removed.status, removed.body.precondition]).toEqual([412, 'own_account'])
    expect((await call('PATCH', own, { name: 'Ada' }, ada)).body.name).toBe('Ada')
  })

  test('has entries in the history, without secrets', async () => {
    const bob = await bobIsIn()
    await call('PATCH', `${ACCOUNTS}/${bob.id}`, { role: 'viewer' }, ada)
    await call('POST', `${ACCOUNTS}/${bob.id}/link`, {}, ada)
    await call('DELETE', `${ACCOUNTS}/${bob.id}`, undefined, ada)
    const database = new DatabaseSync(controlPlane.settings.databaseFile, { readOnly: true })
    const lines = database
      .prepare("select * from changes where resource_type = 'account' order by id")
      .all()
    database.close()
    expect(lines.map(({ verb, actor_name }) => [verb, actor_name])).toEqual([
      ['invite', ADA.email],
      ['accept', BOB.email],
      ['update', ADA.email],
      ['make_link', ADA.email],
      ['delete', ADA.email],
    ])
    expect(JSON.stringify(lines)).not.toMatch(/token|\$argon2/)
  })
})
