import { expect, test } from 'vitest'
import { callsAt, ownCalls } from '#lib/testing/control-plane/every-call.ts'
import { bodyOf, contentOf, filled, furnish } from '#lib/testing/control-plane/furnished.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'

const { key, certificate } = makeCertificate()
const PEM = key + certificate

const MARK = '5eed5eed-5eed-45ee-85ee-5eed5eed5eed'
const THEN = '1999-12-31T00:00:00Z'
/** Long enough not to be part of an ID or a time by chance. */
const NUMBER = 471_147_114_711

/** Fields that callers can't set, and keys that would pollute prototypes. */
const SNEAKY = `
  "id": "${MARK}", "status": "sneaky", "generation": ${NUMBER}, "revision": "${MARK}", "lb_id": "${MARK}",
  "region": "sneaky", "zone": "sneaky", "created_at": "${THEN}",
  "updated_at": "${THEN}", "secret_hash": "${MARK}", "from_settings": true, "state": "sneaky", "created_by": "sneaky",
  "instances": [{"id": "${MARK}"}], "address_number": ${NUMBER}, "last_login_at": "${THEN}",
  "__proto__": {"polluted": "sneaky"}, "constructor": {"prototype": {"polluted": "sneaky"}}`

/** Labels that can be set when an object is created, as in Scaleway's API, but not changed. */
const OWNERS = `"organization_id": "${MARK}", "project_id": "${MARK}",`

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }

test("no call sets fields that callers can't set", async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const { token } = (await call('POST', '/fairlead/v1/session', ADA, {})).body
  const session = { Authorization: `Bearer ${token}` }
  const ids = await furnish(controlPlane, PEM)
  const writes = [...callsAt('regions/fr-par'), ...ownCalls()].filter(
    ({ method, template }) =>
      method !== 'get' && method !== 'delete' && Object.keys(bodyOf(template, ids)).length > 0,
  )
  expect(writes.length).toBeGreaterThan(20)
  const accepted: string[] = []
  for (const write of writes) {
    const own = JSON.stringify(bodyOf(write.template, ids))
    const owners = write.method === 'post' ? '' : OWNERS
    const body = `${own.slice(0, -1)}, ${owners} ${SNEAKY}}`
    const answer = await call(write.method.toUpperCase(), filled(write, ids), body, session)
    const name = `${write.method} ${write.template}`
    expect([name, answer.status]).not.toEqual([name, 500])
    expect([name, JSON.stringify(answer.body ?? '').includes(MARK)]).toEqual([name, false])
    expect([name, 'polluted' in {}]).toEqual([name, false])
    if (answer.status < 300) accepted.push(name)
  }
  // A refused call proves nothing, so most must succeed.
  process.stdout.write(`${accepted.length} of ${writes.length} calls accepted\n`)
  expect(accepted.length).toBeGreaterThan(20)
  const content = await contentOf(controlPlane)
  for (const mark of [MARK, 'sneaky', THEN.slice(0, 10), String(NUMBER)])
    expect(content).not.toContain(mark)
})
