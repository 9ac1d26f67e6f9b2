import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadX509 } from '#lib/process/x509/load-x509.ts'
import { JOIN_PATH, parseJoinToken, pinOf } from '#lib/protocol/join.ts'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import {
  joinNode,
  joinRequest,
  joinSecret,
  NEW_NODE,
  postToNodeListener,
  runJoinableControlPlane,
} from '#lib/testing/control-plane/joined-node.ts'
import { changesOf, deniedDetails, nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { followRequest } from '#lib/testing/control-plane/test-nodes.ts'

const TOKENS = '/fairlead/v1/nodes/tokens'
const NODES = '/fairlead/v1/nodes'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runJoinableControlPlane()
})
afterAll(() => controlPlane.stop())

const post = (path: string, body: unknown, identity = {}) =>
  postToNodeListener(controlPlane, path, body, identity)

/** A signing request with a key that the authority does not certify. */
async function rsaRequest(): Promise<string> {
  const { Pkcs10CertificateRequestGenerator } = await loadX509()
  const publicExponent = Uint8Array.of(1, 0, 1)
  const rsa = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent, hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(rsa, true, ['sign', 'verify'])
  const request = { name: 'CN=x', keys, signingAlgorithm: rsa }
  return (await Pkcs10CertificateRequestGenerator.create(request)).toString('pem')
}

describe('a host joins', () => {
  test('with the name of its token, a certificate of 7 days and the authority of the pin', async () => {
    const { body } = await controlPlane.call('POST', TOKENS, { ...NEW_NODE, name: 'lb-join' })
    const { pin, secret } = parseJoinToken(body.token) ?? { pin: '', secret: '' }
    const { request } = await joinRequest(secret, { name: 'fr-par-a', region: 'nl-ams' })
    const joined = (await post(JOIN_PATH, request)).body
    expect(joined.node).toEqual({ ...NEW_NODE, name: 'lb-join', id: expect.any(String) })
    expect(joined.egress).toMatchObject({ ownPorts: [] })
    const ca = new X509Certificate(joined.ca)
    const certificate = new X509Certificate(joined.certificate)
    expect(pinOf(ca.raw)).toBe(pin)
    expect(certificate.verify(ca.publicKey)).toBe(true)
    expect(certificate.ca).toBe(false)
    expect(certificate.subjectAltName).toBe(`URI:fairlead:node/${joined.node.id}`)
    const days = (certificate.validToDate.getTime() - Date.now()) / (24 * 60 * 60_000)
    expect(Math.round(days)).toBe(7)
    expect(await nodeNamed(controlPlane, 'lb-join')).toMatchObject({
      id: joined.node.id,
      host: 'host-2',
      address: '10.0.0.2',
      state: 'registered',
      connected: false,
      last_seen_at: null,
      certificate_expires_at: certificate.validToDate.toISOString(),
    })
  })

  test('and is in the history with its host, address and who made the token', async () => {
    const { id } = await joinNode(controlPlane, { name: 'lb-history' })
    expect(await changesOf(controlPlane, id)).toMatchObject([
      {
        verb: 'join',
        resource_type: 'node',
        actor_kind: 'system',
        actor_name: 'join',
        address: '127.0.0.1',
        after: {
          name: 'lb-history',
          address: '10.0.0.2',
          token_created_by: 'SCWTESTTESTTESTTEST1',
        },
      },
    ])
    const [created] = await changesOf(controlPlane, 'lb-history')
    expect(created).toMatchObject({ verb: 'create', resource_type: 'join_token' })
    expect(JSON.stringify(created)).not.toMatch(/fl1\./)
  })

  test.each([
    ['wrong', async () => 'x'.repeat(43), /The join token is not valid/],
    [
      'used',
      async () => {
        const secret = await joinSecret(controlPlane, { name: 'lb-reused' })
        await post(JOIN_PATH, (await joinRequest(secret)).request)
        return secret
      },
      /The join token of lb-reused was used already/,
    ],
    [
      'expired',
      async () => {
        const secret = await joinSecret(controlPlane, { name: 'lb-expired' })
        const at = new Date(Date.now() - 1000).toISOString()
        const tokens = controlPlane.database.updateTable('join_tokens').set({ expires_at: at })
        await tokens.where('name', '=', 'lb-expired').execute()
        return secret
      },
      /The join token of lb-expired expired at/,
    ],
  ])('not with a %s token, which the audit log says', async (_case, secretOf, words) => {
    const { request } = await joinRequest(await secretOf())
    const { status, body } = await post(JOIN_PATH, request)
    expect([status, body.method]).toEqual([401, 'join_token'])
    expect(body.message).toMatch(words)
    await expect
      .poll(() => deniedDetails(controlPlane))
      .toMatch(new RegExp(`POST /nodes/v1/join: ${words.source}`))
  })

  test('once, of two that use the token at the same time', async () => {
    const secret = await joinSecret(controlPlane, { name: 'lb-race' })
    const requests = await Promise.all([joinRequest(secret), joinRequest(secret)])
    const answers = await Promise.all(requests.map(({ request }) => post(JOIN_PATH, request)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
  })

  test.each([
    ['no request', async () => 'nonsense'],
    ['an RSA key', rsaRequest],
  ])('not with %s, and its token stays valid', async (_case, csrOf) => {
    const secret = await joinSecret(controlPlane, { name: 'lb-csr' })
    const { request } = await joinRequest(secret)
    const refused = await post(JOIN_PATH, { ...request, csr: await csrOf() })
    expect([refused.status, refused.body.details[0].argument_name]).toEqual([400, 'csr'])
    expect((await post(JOIN_PATH, request)).status).toBe(200)
    const { id } = (await nodeNamed(controlPlane, 'lb-csr')) ?? {}
    await controlPlane.call('DELETE', `${NODES}/${id}`)
  })

  test('not with a request that somebody else has signed', async () => {
    const secret = await joinSecret(controlPlane, { name: 'lb-forged' })
    const { request } = await joinRequest(secret)
    const der = Buffer.from(request.csr.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
    der[der.length - 3] = (der[der.length - 3] ?? 0) ^ 1
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`
    expect((await post(JOIN_PATH, { ...request, csr: forged })).status).toBe(400)
  })

  test('of a newer version, whose fields that this one does not know are ignored', async () => {
    const node = await joinNode(controlPlane, { name: 'lb-newer-1' }, { tpm: true, version: '9.0' })
    const report = { lbs: [], power: 1 }
    expect((await node.post(reportPath(1), report)).status).toBe(204)
    using stream = await node.follow(configPath(1), {
      ...followRequest({ version: '9.0' }),
      kernel: '7',
    })
    expect((await stream.next()).type).toBe('synced')
    expect(await nodeNamed(controlPlane, 'lb-newer-1')).toMatchObject({
      version: '9.0',
      connected: true,
    })
  })

  test('a body larger than 16 KiB is refused', async () => {
    const { request } = await joinRequest('x')
    expect((await post(JOIN_PATH, { ...request, host: 'h'.repeat(20_000) })).status).toBe(413)
  })

  test('many wrong tokens of a network are throttled, and a valid one is not', async () => {
    await using throttled = await runJoinableControlPlane({
      logInFailures: { account: 3, address: 3 },
    })
    const { request } = await joinRequest('x')
    const attempt = async (secret: string) =>
      (await postToNodeListener(throttled, JOIN_PATH, { ...request, secret })).status
    const wrong = []
    for (let at = 0; at < 4; at += 1) wrong.push(await attempt('wrong'))
    expect(wrong).toEqual([401, 401, 401, 429])
    expect(await attempt(await joinSecret(throttled))).toBe(200)
  })
})
