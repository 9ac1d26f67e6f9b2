import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { createInterface } from 'node:readline'
import { json, text } from 'node:stream/consumers'
import { CertificateAuthority } from '#lib/control-plane/nodes/joining/certificate-authority.ts'
import type { NewNode } from '#lib/core/node.ts'
import { VERSION } from '#lib/process/version.ts'
import { createSigningRequest } from '#lib/process/x509/signing-request.ts'
import { JOIN_PATH, JoinResponse, parseJoinToken, SERVER_NAME } from '#lib/protocol/join.ts'
import {
  type Answered,
  type RunningControlPlane,
  runControlPlane,
} from './running-control-plane.ts'
import { openStoreOf } from './test-database.ts'

/** PEM: what a client presents, and the authority that it trusts. */
export type ClientIdentity = { key?: string; cert?: string; ca?: string }

/** A control plane that nodes of other machines can join. */
export function runJoinableControlPlane(changes: Parameters<typeof runControlPlane>[0] = {}) {
  return runControlPlane({ nodeAddress: { host: '127.0.0.1', port: 0 }, ...changes })
}

type Target = Pick<RunningControlPlane, 'nodePort'>

/** Opens a request on the node listener, by a connection of its own. Without a `ca` the server is not verified. */
export async function openNodeRequest(
  { nodePort }: Target,
  path: string,
  body: unknown,
  identity: ClientIdentity = {},
): Promise<IncomingMessage> {
  const sent = request({
    host: '127.0.0.1',
    port: nodePort ?? 0,
    servername: SERVER_NAME,
    method: 'POST',
    path,
    headers: { 'Content-Type': 'application/json' },
    agent: false,
    rejectUnauthorized: identity.ca !== undefined,
    ...identity,
  })
  sent.end(typeof body === 'string' ? body : JSON.stringify(body))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

/** Posts to the node listener. */
export async function postToNodeListener(
  target: Target,
  path: string,
  body: unknown,
  identity: ClientIdentity = {},
): Promise<Pick<Answered, 'status' | 'body'>> {
  const response = await openNodeRequest(target, path, body, identity)
  const status = response.statusCode ?? 0
  if (status === 204) return { status, body: await text(response) }
  return { status, body: await json(response) }
}

export const NEW_NODE: NewNode = { region: 'fr-par', cluster: 'a', name: 'lb-1' }

/** Creates a join token. @returns its secret */
export async function joinSecret(
  { call }: Pick<RunningControlPlane, 'call'>,
  node: Partial<NewNode> = {},
): Promise<string> {
  const { status, body } = await call('POST', '/fairlead/v1/nodes/tokens', { ...NEW_NODE, ...node })
  const parsed = status === 200 ? parseJoinToken(body.token) : null
  if (!parsed) throw new Error(`No token: ${JSON.stringify(body)}`)
  return parsed.secret
}

/** What a host sends to join, with the key that it keeps. */
export async function joinRequest(secret: string, changes: object = {}) {
  const { key, csr } = await createSigningRequest('whoever')
  const host = { host: 'host-2', address: '10.0.0.2', version: VERSION }
  return { key, request: { secret, csr, ...host, ...changes } }
}

/** Joins a node as a host does. */
export async function joinNode(
  controlPlane: Pick<RunningControlPlane, 'nodePort' | 'call'>,
  node: Partial<NewNode> = {},
  changes: object = {},
) {
  return joinWithSecret(controlPlane, await joinSecret(controlPlane, node), changes)
}

/** Joins as the node that a token was created for, as a host does. @param changes other values of the host, such as its address */
export async function joinWithSecret(controlPlane: Target, secret: string, changes: object = {}) {
  const { key, request } = await joinRequest(secret, changes)
  const { status, body } = await postToNodeListener(controlPlane, JOIN_PATH, request)
  if (status !== 200) throw new Error(`Not joined: ${JSON.stringify(body)}`)
  const joined = JoinResponse.parse(body)
  const identity = { key, cert: joined.certificate, ca: joined.ca }
  return {
    ...joined.node,
    joined,
    identity,
    post: (path: string, body: unknown) => postToNodeListener(controlPlane, path, body, identity),
    /** Opens a stream of messages, one JSON a line. */
    async follow(path: string, body: unknown, as: ClientIdentity = identity) {
      const response = await openNodeRequest(controlPlane, path, body, as)
      const lines = createInterface({ input: response })[Symbol.asyncIterator]()
      const close = () => response.destroy()
      return {
        response,
        /** The next message; null at the end. Without the list of control planes, which only some databases have. */
        // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape.
        async next(): Promise<any> {
          for (;;) {
            const { value, done } = await lines.next()
            const message = done ? null : JSON.parse(value)
            if (message?.type !== 'control_planes') return message
          }
        },
        close,
        [Symbol.dispose]: close,
      }
    },
  }
}

/** A certificate that the authority of a running control plane issues for a new key. @param days from now; negative for an expired one */
export async function certificateFrom(
  { settings }: Pick<RunningControlPlane, 'settings'>,
  node: { id: string; name: string },
  days: number,
): Promise<ClientIdentity> {
  const store = await openStoreOf(settings)
  const authority = await CertificateAuthority.open(store)
  const { key, csr } = await createSigningRequest(node.name)
  const { certificate } = await authority.certifyNode(node, csr, days)
  await store.close()
  return { key, cert: certificate, ca: authority.pem }
}
