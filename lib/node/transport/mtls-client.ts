import { once } from 'node:events'
import { statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { SERVER_NAME } from '#lib/protocol/join.ts'
import type { Answer } from './answer.ts'
import { type NodeIdentity, readIdentity } from './node-identity.ts'

/** Connections that open with one version of the identity file. */
type Connections = { version: string; agent: Agent }

const byFile = new Map<string, Connections>()

/**
 * Posts JSON with the client certificate of a node. The server must prove that the node's certificate authority has certified it.
 * A renewed certificate is used for every connection that is opened after the renewal; those in use stay as they are.
 * @throws Error if there is no answer
 */
export async function postWithCertificate(
  identityFile: string,
  url: URL,
  body: string,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await post(agentOf(identityFile), url, body, signal)
  const { statusCode: status = 0 } = response
  return {
    status,
    isOk: status >= 200 && status < 300,
    body: response,
    cancel: async () => {
      response.destroy()
    },
  }
}

async function post(
  agent: Agent,
  url: URL,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const sent = request(url, { method: 'POST', agent, headers, signal })
  sent.end(body)
  try {
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    // Once the answer is cancelled or aborted, nobody else listens.
    response.on('error', () => {})
    sent.on('error', () => {})
    return response
  } catch (error) {
    // The server closed an idle connection just then.
    const { code } = error as NodeJS.ErrnoException
    const isClosed = code === 'ECONNRESET' || code === 'EPIPE'
    if (sent.reusedSocket && isClosed) return post(agent, url, body, signal)
    throw error
  }
}

function agentOf(file: string): Agent {
  const { mtimeMs, ino } = statSync(file)
  const version = `${ino} ${mtimeMs}`
  const known = byFile.get(file)
  if (known?.version === version) return known.agent
  const identity = readIdentity(file)
  if (!identity) throw new Error(`${file} is missing.`)
  const agent = newAgent(identity)
  byFile.set(file, { version, agent })
  // Connections that are in use are closed by the server once they are idle.
  for (const sockets of Object.values(known?.agent.freeSockets ?? {})) {
    for (const socket of sockets ?? []) socket.destroy()
  }
  return agent
}

function newAgent({ key, certificate, ca }: NodeIdentity): Agent {
  return new Agent({
    key,
    cert: certificate,
    ca,
    // Whatever address is dialed.
    servername: SERVER_NAME,
    minVersion: 'TLSv1.2',
    // A resumed session would go on with a former certificate.
    maxCachedSessions: 0,
    keepAlive: true,
  })
}
