import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { pinOf, SERVER_NAME } from '#lib/protocol/join.ts'
import { addressText, type JoinTarget } from './join-arguments.ts'

const TIMEOUT_MS = 10_000

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name could not be looked up',
}

const CLOCK_CODES = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED'])

/** The certificate of the installation's authority, PEM, and this host's address on the way there. */
export type FoundAuthority = { ca: string; localAddress: string }

/**
 * Asks the control plane for the certificate of its authority, which the token's pin proves to be the right one. Nothing secret is sent.
 * @throws Error in one line
 */
export async function fetchAuthority(target: JoinTarget): Promise<FoundAuthority> {
  const socket = connect({
    ...destination(target),
    servername: SERVER_NAME,
    // The chain is verified below, by the pin.
    rejectUnauthorized: false,
  })
  try {
    await secured(socket, target)
    const { localAddress = '' } = socket
    const ca = chainOf(socket).find(({ raw }) => pinOf(raw) === target.token.pin)
    if (!ca) {
      throw new Error(
        `The control plane at ${addressText(target)} is not the one that made this token: its certificate authority is another one. ` +
          'Nothing was sent to it. Check the address, or create another token.',
      )
    }
    return { ca: new X509Certificate(ca.raw).toString(), localAddress }
  } finally {
    socket.destroy()
  }
}

/**
 * Posts JSON to a server that proves to be certified by an authority.
 * @param ca PEM
 * @throws Error in one line if there is no answer
 */
export async function postOverTls(
  target: JoinTarget,
  ca: string,
  path: string,
  body: unknown,
): Promise<{ status: number; body: string }> {
  const sent = request({
    ...destination(target),
    servername: SERVER_NAME,
    ca,
    agent: false,
    minVersion: 'TLSv1.2',
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  sent.end(JSON.stringify(body))
  try {
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return { status: response.statusCode ?? 0, body: await text(response) }
  } catch (error) {
    throw unreachable(error as NodeJS.ErrnoException, target)
  }
}

const destination = ({ host, port }: JoinTarget) => ({ host, port })

async function secured(socket: TLSSocket, target: JoinTarget): Promise<void> {
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    throw unreachable(error as NodeJS.ErrnoException, target)
  }
}

/** The server's certificate and those of its issuers, as it sent them. */
function chainOf(socket: TLSSocket): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (next?.raw && !chain.includes(next)) {
    chain.push(next)
    next = next.issuerCertificate
  }
  return chain
}

function unreachable({ code, name, message }: NodeJS.ErrnoException, target: JoinTarget): Error {
  const at = addressText(target)
  if (name === 'AbortError' || name === 'TimeoutError') {
    return new Error(`Can't reach the control plane at ${at}: it does not answer. ${CHECK}`)
  }
  const reason = REASONS[code ?? '']
  if (reason) return new Error(`Can't reach the control plane at ${at}: ${reason}. ${CHECK}`)
  if (CLOCK_CODES.has(code ?? '')) {
    return new Error(
      `The certificate of the control plane at ${at} is not valid now. Compare the clocks of both machines.`,
    )
  }
  const words = code?.startsWith('ERR_SSL') ? 'it answers without TLS' : message
  return new Error(`What listens at ${at} is no control plane: ${words}. ${CHECK}`)
}

const CHECK =
  'Check the address, FAIRLEAD_NODE_ADDRESS of the control plane, and the firewalls between.'
