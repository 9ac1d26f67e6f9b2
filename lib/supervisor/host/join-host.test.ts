import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readIdentity } from '#lib/node/transport/node-identity.ts'
import { formatJoinToken, type JoinToken, parseJoinToken } from '#lib/protocol/join.ts'
import { runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { testPools } from '#lib/testing/control-plane/test-pools.ts'
import { joinHost } from './join-host.ts'

const LOCALHOST = '127.0.0.1'
const NODES = '/fairlead/v1/nodes'

let controlPlane: RunningControlPlane
let dataDir: string
beforeAll(async () => {
  const pools = testPools({ 'fr-par': '10.99.1.0/24@eth0' })
  controlPlane = await runJoinableControlPlane({ pools })
})
afterAll(() => controlPlane.stop())
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-join-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

async function tokenFor(name: string, from = controlPlane): Promise<JoinToken> {
  const node = { region: 'fr-par', cluster: 'b', name }
  const { body } = await from.call('POST', `${NODES}/tokens`, node)
  return parseJoinToken(body.token) ?? { pin: '', secret: '' }
}

/** Joins with the loopback interface, because a test has no other host. */
const joinWith = (token: JoinToken, port = controlPlane.nodePort ?? 0) =>
  joinHost({ token, host: LOCALHOST, port, interface: 'lo' }, { FAIRLEAD_DATA_DIR: dataDir })

const names = async () =>
  (await controlPlane.call('GET', NODES)).body.nodes.map(({ name }: { name: string }) => name)

test('a host joins, and only its user can read who it is', async () => {
  const joined = await joinWith(await tokenFor('lb-2'))
  const file = join(dataDir, 'joined-node.json')
  expect(readIdentity(file)).toEqual(joined)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(joined).toMatchObject({
    control_plane: `${LOCALHOST}:${controlPlane.nodePort}`,
    node: { name: 'lb-2', region: 'fr-par', cluster: 'b' },
    interface: 'lo',
    address: LOCALHOST,
    networks: [{ network: '10.99.1.0/24', interface: 'eth0' }],
  })
  const certificate = new X509Certificate(joined.certificate)
  expect(certificate.checkPrivateKey(createPrivateKey(joined.key))).toBe(true)
  expect(await names()).toContain('lb-2')
})

test('a token works once', async () => {
  const token = await tokenFor('lb-once')
  await joinWith(token)
  rmSync(join(dataDir, 'joined-node.json'))
  await expect(joinWith(token)).rejects.toThrow(/^The join token of lb-once was used already/)
})

test('a wrong token is refused in the control plane’s words', async () => {
  const { pin } = await tokenFor('lb-wrong')
  await expect(joinWith({ pin, secret: 'x'.repeat(43) })).rejects.toThrow(
    'The join token is not valid. Create another one in the console.',
  )
  expect(existsSync(join(dataDir, 'joined-node.json'))).toBe(false)
})

test('the secret is sent to no control plane but the one that made the token', async () => {
  await using other = await runJoinableControlPlane()
  const token = await tokenFor('lb-other', other)
  await expect(joinWith(token)).rejects.toThrow(
    /is not the one that made this token.*Nothing was sent to it\./,
  )
  // It still works where it was made.
  await joinWith(token, other.nodePort ?? 0)
})

test('what listens without TLS is no control plane', async () => {
  const server = createServer().listen(0, LOCALHOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(joinWith(await tokenFor('lb-plain'), port)).rejects.toThrow(
    `What listens at ${LOCALHOST}:${port} is no control plane: it answers without TLS.`,
  )
  server.close()
  await once(server, 'close')
  await expect(joinWith(await tokenFor('lb-plain'), port)).rejects.toThrow(
    `Can't reach the control plane at ${LOCALHOST}:${port}: nothing listens there.`,
  )
})

test('an unknown interface is named before the token is used', async () => {
  const token = await tokenFor('lb-interface')
  const target = { token, host: LOCALHOST, port: controlPlane.nodePort ?? 0 }
  const env = { FAIRLEAD_DATA_DIR: dataDir }
  await expect(joinHost({ ...target, interface: 'eth77' }, env)).rejects.toThrow(
    'This host has no interface eth77 with an IPv4 address.',
  )
  await expect(joinHost({ ...target, interface: null }, env)).rejects.toThrow(
    /leads through no interface with an IPv4 address \(127\.0\.0\.1\)/,
  )
  expect((await joinWith(token)).node.name).toBe('lb-interface')
})

test('a host joins once, and anew when its node was removed, without the former load balancers', async () => {
  const { node } = await joinWith(await tokenFor('lb-former'))
  const token = await tokenFor('lb-next')
  await expect(joinWith(token)).rejects.toThrow(
    /^This host has already joined 127\.0\.0\.1:\d+ as lb-former: "npm start" starts it\./,
  )
  const kept = join(dataDir, 'nodes', 'lb-former')
  mkdirSync(kept, { recursive: true, mode: 0o700 })
  await controlPlane.call('DELETE', `${NODES}/${node.id}`)
  expect((await joinWith(token)).node.name).toBe('lb-next')
  expect(existsSync(kept)).toBe(false)
})

test('the data of a control plane is left alone', async () => {
  writeFileSync(join(dataDir, 'fairlead.db'), '', { mode: 0o600 })
  await expect(joinWith(await tokenFor('lb-database'))).rejects.toThrow(
    /has the data of a control plane\. Set FAIRLEAD_DATA_DIR/,
  )
})

test('no error has the secret', async () => {
  const token = { pin: 'p'.repeat(43), secret: 's'.repeat(43) }
  const error: Error = await joinWith(token).then(
    () => new Error('joined'),
    (fault) => fault,
  )
  expect(error.message).not.toContain(token.secret)
  expect(error.message).not.toContain(formatJoinToken(token))
  expect(error.message).not.toContain('\n')
})
