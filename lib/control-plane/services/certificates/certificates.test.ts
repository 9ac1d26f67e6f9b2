import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { makeCertificate, makeExpiredCertificate } from '#lib/testing/make-certificate.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { waitFor } from '#lib/testing/wait.ts'

const PARIS = '/lb/v1/zones/fr-par-1'

let controlPlane: RunningControlPlane
let lbId: string

beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown) =>
  controlPlane.call(method, PARIS + path, body)

beforeEach(async () => {
  lbId = (await call('POST', '/lbs', { name: 'lb' })).body.id
})

const invalidFields = (body: { details: { argument_name: string }[] }) =>
  body.details.map(({ argument_name }) => argument_name)

describe.skipIf(missingPrograms('openssl'))('an imported certificate', () => {
  let key: string
  let certificate: string
  beforeAll(() => {
    const names = 'DNS:a.example,IP:10.0.0.1,DNS:b.example'
    ;({ key, certificate } = makeCertificate({ names }))
  })
  const importCertificate = (pem = key + certificate) =>
    call('POST', `/lbs/${lbId}/certificates`, {
      name: 'test-custom-cert',
      custom_certificate: { certificate_chain: pem },
    })

  test('is ready at once, with the names and times from the file', async () => {
    const { status, body } = await importCertificate()
    expect(status).toBe(200)
    expect(body).toMatchObject({
      type: 'custom',
      name: 'test-custom-cert',
      common_name: 'a.example',
      subject_alternative_name: ['b.example'],
      fingerprint: '',
      status: 'ready',
      status_details: null,
      not_valid_after: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      lb: { id: lbId },
    })
    expect((await call('GET', `/certificates/${body.id}`)).body).toEqual(body)
    const details = await controlPlane.call('GET', `/fairlead/v1/certificates/${body.id}`)
    expect(details.body).toMatchObject({ key: 'EC, prime256v1', subject: 'CN=www.example.com' })

    const renamed = await call('PUT', `/certificates/${body.id}`, { name: 'other' })
    expect(renamed.body).toMatchObject({ name: 'other', common_name: 'a.example' })
    const list = await call('GET', `/lbs/${lbId}/certificates?name=oth`)
    expect(list.body).toEqual({ certificates: [renamed.body], total_count: 1 })

    expect((await call('DELETE', `/certificates/${body.id}`)).status).toBe(204)
    const gone = await call('GET', `/certificates/${body.id}`)
    expect([gone.status, gone.body]).toEqual([404, { message: 'certificate not Found' }])
  })

  test('that has expired is ready too, and is a problem of the load balancer', async () => {
    const expired = makeExpiredCertificate()
    const { status, body } = await importCertificate(expired.key + expired.certificate)
    expect([status, body]).toMatchObject([
      200,
      {
        status: 'ready',
        status_details: null,
        common_name: 'a.example',
        not_valid_before: '2022-11-14T00:00:00Z',
        not_valid_after: '2023-11-14T00:00:00Z',
      },
    ])
    const details = await controlPlane.call('GET', `/fairlead/v1/certificates/${body.id}`)
    expect(details.body.problem).toBe('It expired on 2023-11-14. Import a new one.')
    const problem = expect.objectContaining({
      object: { type: 'certificate', id: body.id, name: 'test-custom-cert' },
      severity: 'info',
      message: 'It expired on 2023-11-14. Import a new one, and delete this one.',
      since: '2023-11-14T00:00:00Z',
      action: 'replace_certificate',
    })
    const problems = async () => {
      const observed = await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}/observed`)
      return observed.body.problems
    }
    expect(await problems()).toContainEqual(problem)
    const overview = await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}`)
    expect(overview.body.problems).toContainEqual(problem)
    await importCertificate()
    await call('DELETE', `/certificates/${body.id}`)
    expect(await problems()).not.toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('expired') }),
    )
  })

  test('never returns its private key, and deletes it with the certificate', async () => {
    const { body } = await importCertificate()
    const secret = key.split('\n')[1] as string
    const answers = [
      await call('GET', `/certificates/${body.id}`),
      await call('GET', `/lbs/${lbId}/certificates`),
      await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}/changes`),
      await controlPlane.call('GET', `/fairlead/v1/certificates/${body.id}`),
    ]
    for (const answer of answers) expect(JSON.stringify(answer.body)).not.toContain(secret)
    const chains = controlPlane.database.selectFrom('certificate_chains').select('certificate_id')
    const stored = async () => (await chains.execute()).map(({ certificate_id: id }) => id)
    expect(await stored()).toContain(body.id)
    await call('DELETE', `/lbs/${lbId}`)
    expect(await stored()).not.toContain(body.id)
  })

  test('a file without a certificate is refused with the reason', async () => {
    const { status, body } = await importCertificate('hello')
    expect([status, invalidFields(body)]).toEqual([400, ['custom_certificate.certificate_chain']])
    expect(body.details[0].help_message).toContain('The file contains no certificate')
  })

  test("can't be used by a frontend, and the error suggests TCP mode", async () => {
    const { body } = await importCertificate()
    const refused = await call('POST', `/lbs/${lbId}/frontends`, {
      name: 'https',
      inbound_port: 443,
      backend_id: lbId,
      certificate_ids: [body.id],
    })
    expect([refused.status, invalidFields(refused.body)]).toEqual([400, ['certificate_ids']])
    expect(refused.body.details[0].help_message).toContain('TCP mode')
  })
})

test("a Let's Encrypt request is accepted and then fails with the reason", async () => {
  const { status, body } = await call('POST', `/lbs/${lbId}/certificates`, {
    name: 'test-cert',
    letsencrypt: { common_name: 'WWW.example.com', subject_alternative_name: null },
  })
  expect(status).toBe(200)
  expect(body).toMatchObject({
    type: 'letsencrypt',
    common_name: 'www.example.com',
    subject_alternative_name: [],
    fingerprint: '',
    not_valid_before: '0001-01-01T00:00:00Z',
    not_valid_after: '0001-01-01T00:00:00Z',
    status: 'pending',
    status_details: null,
  })
  const settled = await waitFor('the request is no longer pending', async () => {
    const { body: now } = await call('GET', `/certificates/${body.id}`)
    return now.status !== 'pending' && now
  })
  expect(settled).toMatchObject({
    status: 'error',
    status_details: expect.stringContaining('No ACME directory is configured'),
  })
})

test.each([
  [{}, ['custom_certificate']],
  [{ letsencrypt: { common_name: 'localhost' } }, ['letsencrypt.common_name']],
  [
    {
      letsencrypt: { common_name: 'a.example' },
      custom_certificate: { certificate_chain: 'x' },
    },
    ['custom_certificate'],
  ],
])('%j is refused', async (changes, fields) => {
  const { status, body } = await call('POST', `/lbs/${lbId}/certificates`, {
    name: 'a',
    ...changes,
  })
  expect([status, invalidFields(body)]).toEqual([400, fields])
})
