import type { IncomingMessage } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { contain } from '#lib/process/faults.ts'
import { deniedWebhook, type Egress, isOutcomeTold } from '../egress/egress.ts'
import {
  EgressDenied,
  hostOfUrl,
  pinnedLookup,
  type Resolved,
  resolveTarget,
} from '../egress/resolve-target.ts'
import { VERSION } from '../version.ts'
import { connectionWords } from './connection-error-message.ts'
import type { Sent } from './send.ts'
import { signedHeaders } from './signature.ts'

type Webhook = { uri: string; secret: string; id: string; body: string }
type Limits = { egress: Egress; answerMs: number; signal: AbortSignal }

/**
 * Posts an event to a webhook, once. Its name is resolved once, each of its addresses has to be allowed by the egress policy, and
 * the connection goes to one of those. Redirects are not followed. How a receiver in a private network fails is told to the log
 * only, and always as late as if it had not answered. Never throws.
 */
export async function sendWebhook(webhook: Webhook, limits: Limits): Promise<Sent> {
  const { egress, answerMs } = limits
  const began = performance.now()
  let resolved: Resolved | null = null
  let sent: Sent
  let isDenied = false
  try {
    resolved = await within(limits, resolve(new URL(webhook.uri), egress))
    sent = outcomeOf(await post(webhook, resolved, limits))
  } catch (error) {
    isDenied = error instanceof EgressDenied
    sent = failed(wordsOf(error as Error, limits))
  }
  const isTold = resolved?.addresses.every(({ address }) => isOutcomeTold(address, egress)) ?? true
  if (isTold && !isDenied) return sent
  if (sent.delivered) return { delivered: true, status: null, outcome: 'Delivered' }
  const left = Math.max(0, began + answerMs - performance.now())
  await quietly(setTimeout(left, null, { signal: limits.signal }))
  return { ...failed('Could not be delivered'), untold: sent.outcome }
}

const failed = (outcome: string): Sent => ({ delivered: false, status: null, outcome })

function outcomeOf(status: number): Sent {
  const delivered = status >= 200 && status < 300
  const redirect = status >= 300 && status < 400 ? ': redirects are not followed' : ''
  return { delivered, status, outcome: `HTTP ${status}${redirect}` }
}

/** The target of a URL. */
export function targetOfUrl(url: URL): { host: string; port: number } {
  return { host: hostOfUrl(url), port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) }
}

function resolve(url: URL, egress: Egress): Promise<Resolved> {
  return resolveTarget(targetOfUrl(url), (target) => deniedWebhook(target, egress))
}

function post(
  { uri, secret, id, body }: Webhook,
  resolved: Resolved,
  limits: Limits,
): Promise<number> {
  const url = new URL(uri)
  const { request } = url.protocol === 'https:' ? https : http
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const sent = request(url, {
    method: 'POST',
    agent: false,
    lookup: pinnedLookup(resolved),
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

/** A name that is not resolved in time is left to itself: Node can't give it up. */
async function within<T>({ answerMs, signal }: Limits, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = async () => {
    await setTimeout(answerMs, null, { signal: AbortSignal.any([signal, over.signal]) })
    throw Object.assign(new Error(), { name: 'TimeoutError' })
  }
  try {
    return await Promise.race([work, late()])
  } finally {
    over.abort()
  }
}

/** Waits for a timer, or until it is aborted. */
async function quietly(timer: Promise<unknown>): Promise<void> {
  try {
    await timer
  } catch {
    // Fairlead is stopped.
  }
}

function wordsOf(error: Error, { answerMs }: Limits): string {
  if (error instanceof EgressDenied) return error.message
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `The receiver did not answer within ${answerMs / 1000} s`
  }
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : error
  return connectionWords(error) ?? first.message.split('\n')[0] ?? 'It could not be sent'
}
