import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RENEW_PATH } from '#lib/protocol/join.ts'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import {
  certificateFrom,
  joinNode,
  joinRequest,
  postToNodeListener,
  runJoinableControlPlane,
} from '#lib/testing/control-plane/joined-node.ts'
import { deniedDetails, nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { openStoreOf } from '#lib/testing/control-plane/test-database.ts'
import { followRequest } from '#lib/testing/control-plane/test-nodes.ts'
import { CertificateAuthority } from './certificate-authority.ts'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runJoinableControlPlane()
})
afterAll(() => controlPlane.stop())

const post = (path: string, body: unknown, identity = {}) =>
  postToNodeListener(controlPlane, path, body, identity)

describe('a node is who its certificate says', () => {
  test('and is listed as connected, seen and with its version', async () => {
    const node = await joinNode(controlPlane, { name: 'lb-seen' })
    using stream = await node.follow(configPath(1), followRequest())
    expect((await stream.next()).type).toBe('synced')
    expect(await nodeNamed(controlPlane, 'lb-seen')).toMatchObject({
      state: 'joined',
      connected: true,
      version: followRequest().version,
      last_seen_at: expect.stringMatching(/Z$/),
    })
  })

  test.each([
    ['no certificate', async () => ({}), 'missing'],
    [
      'a certificate of another installation',
      async () => {
        await using other = await runJoinableControlPlane()
        const { id, name, identity } = await joinNode(other)
        return { ...(await certificateFrom(other, { id, name }, 7)), ca: identity.ca }
      },
      'unknown_issuer',
    ],
    [
      'an expired certificate',
      async () =>
        certificateFrom(controlPlane, await joinNode(controlPlane, { name: 'lb-end' }), -1 / 48),
      'expired',
    ],
    [
      'the certificate of a node that never was',
      async () => {
        const id = '00000000-0000-4000-8000-000000000000'
        return certificateFrom(controlPlane, { id, name: 'nobody' }, 7)
      },
      'removed',
    ],
    [
      'a certificate that names a local node',
      async () => {
        const { id = '', name = '' } = (await nodeNamed(controlPlane, 'fr-par-a')) ?? {}
        return certificateFrom(controlPlane, { id, name }, 7)
      },
      'removed',
    ],
  ])('with %s it is refused', async (_case, identityOf, reason) => {
    const { key, cert } = (await identityOf()) as { key?: string; cert?: string }
    for (const path of [
      configPath(1),
      reportPath(1),
      '/nodes/v1/checks/x',
      RENEW_PATH,
      '/nodes/v1/host',
      '/nodes/v1/host/report',
    ]) {
      const { status, body } = await post(path, { lbs: [] }, key ? { key, cert } : {})
      expect([path, status, body.reason]).toEqual([path, 403, reason])
    }
    if (reason !== 'missing')
      await expect.poll(() => deniedDetails(controlPlane)).toMatch(/POST \/nodes\/v1\/report: \S/)
  })

  test('the server’s certificate is no certificate of a node', async () => {
    const store = await openStoreOf(controlPlane.settings)
    const authority = await CertificateAuthority.open(store)
    const { key, certificate: cert } = await authority.certifyServer(1)
    await store.close()
    const { status, body } = await post(reportPath(1), { lbs: [] }, { key, cert })
    expect([status, body.reason]).toEqual([403, 'unknown_issuer'])
  })

  test('its streams end with the certificate that opened them', async () => {
    const node = await joinNode(controlPlane, { name: 'lb-short' })
    const soon = await certificateFrom(controlPlane, node, 2 / (24 * 60 * 60))
    using stream = await node.follow(configPath(1), followRequest(), soon)
    expect((await stream.next()).type).toBe('synced')
    expect(await stream.next()).toBeNull()
    const { status, body } = await post(reportPath(1), { lbs: [] }, soon)
    expect([status, body.reason]).toEqual([403, 'expired'])
    expect((await node.post(reportPath(1), { lbs: [] })).status).toBe(204)
  })

  test('it renews its certificate with another key, and the former one works until it ends', async () => {
    const node = await joinNode(controlPlane, { name: 'lb-renew' })
    const { key, request } = await joinRequest('')
    const { status, body } = await node.post(RENEW_PATH, { csr: request.csr })
    expect([status, body.node]).toEqual([200, node.joined.node])
    const renewed = { key, cert: body.certificate, ca: body.ca }
    expect((await post(reportPath(1), { lbs: [] }, renewed)).status).toBe(204)
    expect((await node.post(reportPath(1), { lbs: [] })).status).toBe(204)
    const { validToDate } = new X509Certificate(body.certificate)
    expect((await nodeNamed(controlPlane, 'lb-renew'))?.certificate_expires_at).toBe(
      validToDate.toISOString(),
    )
  })
})
