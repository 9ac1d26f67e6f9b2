import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { postJson } from '#lib/node/post-json.ts'
import { postToControlPlane } from '#lib/node/transport/control-plane.ts'
import { readIdentity } from '#lib/node/transport/node-identity.ts'
import { HOST_REPORT_PATH } from '#lib/protocol/host-link.ts'
import { configPath } from '#lib/protocol/stream.ts'
import { runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { followRequest } from '#lib/testing/control-plane/test-nodes.ts'
import { joinedIdentity } from '#lib/testing/supervisor/joined-identity.ts'
import { CertificateRenewal } from './certificate-renewal.ts'

const DAY_MS = 24 * 60 * 60_000
/** Certificates begin an hour in the past: two thirds of the life of one that ends so soon are over. */
const DUE_DAYS = 10 / (24 * 60)

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runJoinableControlPlane()
})
afterAll(() => controlPlane.stop())

const certificateIn = (file: string) => new X509Certificate(readIdentity(file)?.certificate ?? '')
const validDays = (file: string) =>
  (certificateIn(file).validToDate.getTime() - Date.now()) / DAY_MS
const carriers = { type: 'carriers', pairs: [], problem: null }

test('a certificate is renewed when two thirds of its life are over, and streams go on', async () => {
  using joined = await joinedIdentity(controlPlane, { name: 'lb-renewed' })
  const { access, identityFile } = joined
  // The first control plane is away.
  const away = { ...access, apiUrl: 'https://127.0.0.1:1' }
  await joined.certify(DUE_DAYS)
  const former = readIdentity(identityFile)
  const closed = new AbortController()
  const request = JSON.stringify(followRequest())
  const stream = await postToControlPlane(access, configPath(1), request, closed.signal)
  const messages = stream.body[Symbol.asyncIterator]()
  await messages.next()

  const renewal = new CertificateRenewal(() => [away, access], identityFile)
  renewal.start()
  await vi.waitFor(() => expect(validDays(identityFile)).toBeGreaterThan(6), 10_000)
  renewal.stop()

  expect(readIdentity(identityFile)?.key).not.toBe(former?.key)
  await postJson(access, HOST_REPORT_PATH, carriers)
  // The next ping comes on the stream of the former certificate.
  expect((await messages.next()).done).toBe(false)
  closed.abort()
})

test('a fresh certificate is left alone', async () => {
  using joined = await joinedIdentity(controlPlane, { name: 'lb-fresh' })
  const before = certificateIn(joined.identityFile).serialNumber
  const renewal = new CertificateRenewal(() => [joined.access], joined.identityFile)
  renewal.start()
  await postJson(joined.access, HOST_REPORT_PATH, carriers)
  renewal.stop()
  expect(certificateIn(joined.identityFile).serialNumber).toBe(before)
})

test('a removed node is told why its certificate is not renewed', async () => {
  using joined = await joinedIdentity(controlPlane, { name: 'lb-removed' })
  await controlPlane.call('DELETE', `/fairlead/v1/nodes/${joined.node.id}`)
  const renewal = new CertificateRenewal(() => [joined.access], joined.identityFile)
  await expect(renewal.renew()).rejects.toThrow(
    'This node was removed. Join it again with a new token.',
  )
})
