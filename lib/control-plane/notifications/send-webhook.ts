import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { contain, detach } from '#lib/process/faults.ts'
import { forbiddenTarget } from '../reach/forbidden-target.ts'
import { VERSION } from '../version.ts'
import type { Sent } from './send.ts'
import { signedHeaders } from './signature.ts'

type Webhook = { uri: string; secret: string; id: string; body: string }
type Limits = { ownPorts: number[]; answerMs: number; signal: AbortSignal }

/**
 * Posts an event to a webhook, once. A name is resolved once, and the connection goes to an address that was looked at, so
 * that a name can't come to mean another one in between. Redirects are not followed. Never throws.
 */
export async function sendWebhook(webhook: Webhook, limits: Limits): Promise<Sent> {
  try {
    const status = await post(webhook, limits)
    const delivered = status >= 200 && status < 300
    const redirect = status >= 300 && status < 400 ? ': redirects are not followed' : ''
    return { delivered, status, outcome: `HTTP ${status}${redirect}` }
  } catch (error) {
    return { delivered: false, status: null, outcome: wordsOf(error as Error, limits) }
  }
}

function post({ uri, secret, id, body }: Webhook, limits: Limits): Promise<number> {
  const url = new URL(uri)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) > 0) requireAllowed(host, port, limits)
  const { request } = url.protocol === 'https:' ? https : http
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const sent = request(url, {
    method: 'POST',
    agent: false,
    lookup: checkedLookup(port, limits),
    signal: AbortSignal.any([limits.signal, AbortSignal.timeout(limits.answerMs)]),
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': `Fairlead/${VERSION}`,
      ...signedHeaders(secret, id, Date.now(), body),
    },
  })
  const onResponse = contain(
    'notification',
    (response: IncomingMessage) => {
      resolve(response.statusCode ?? 0)
      // Only the status counts; the body is discarded.
      response.destroy()
    },
    reject,
  )
  sent.on('error', reject)
  sent.on('response', onResponse)
  sent.end(body)
  return promise
}

class Forbidden extends Error {}

function requireAllowed(address: string, port: number, { ownPorts }: Limits): void {
  const problem = forbiddenTarget({ address, port }, ownPorts)
  if (problem) throw new Forbidden(problem)
}

/** Resolves a name, and refuses it if any of its addresses is one that nothing is sent to. */
function checkedLookup(port: number, limits: Limits): LookupFunction {
  return (hostname, options, callback) => {
    const answer = async () => {
      let addresses: LookupAddress[]
      try {
        addresses = await resolveChecked(hostname, port, limits)
      } catch (error) {
        return callback(error as NodeJS.ErrnoException, '')
      }
      const [first] = addresses
      if (options.all) callback(null, addresses)
      else callback(null, first?.address ?? '', first?.family)
    }
    detach('notification', answer)
  }
}

async function resolveChecked(
  hostname: string,
  port: number,
  limits: Limits,
): Promise<LookupAddress[]> {
  const addresses = await lookup(hostname, { all: true })
  for (const { address } of addresses) requireAllowed(address, port, limits)
  return addresses
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'The receiver closed the connection',
  EHOSTUNREACH: 'The receiver cannot be reached',
  ENETUNREACH: 'The receiver cannot be reached',
  ENOTFOUND: 'The name does not exist',
  EAI_AGAIN: 'The name cannot be resolved now',
}

function wordsOf(error: Error, { answerMs }: Limits): string {
  if (error instanceof Forbidden) return error.message
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `The receiver did not answer within ${answerMs / 1000} s`
  }
  // Several addresses of a name were tried; why the first failed is as good as any.
  const first = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException
  return WORDS[first.code ?? ''] ?? first.message.split('\n')[0] ?? 'It could not be sent'
}
