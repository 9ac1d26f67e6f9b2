import type { IncomingMessage } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { contain } from '#lib/process/faults.ts'
import { VERSION } from '#lib/process/version.ts'
import { deniedWebhook, type Egress, isOutcomeVisible } from '../egress/egress.ts'
import {
  EgressDenied,
  hostOfUrl,
  pinnedLookup,
  type Resolved,
  resolveTarget,
} from '../egress/resolve-target.ts'
import { connectionErrorMessage } from './connection-error-message.ts'
import type { SendResult } from './send-result.ts'
import { signedHeaders } from './signature.ts'

type Webhook = { uri: string; secret: string; id: string; body: string }
type WebhookOptions = {
  egress: Egress
  timeoutMs: number
  signal: AbortSignal
  /** Called right before the request is sent. It may abort `signal`. */
  beforeSending?: () => void
}

/**
 * Attempts to post an event to a webhook. The name is resolved once, the egress policy must allow all of its addresses, and the
 * connection is pinned to one of them. Redirects are not followed. For a receiver in a private network, the reason of a failure is
 * only logged, and the result is delayed until the time limit, so that nobody can scan the network. Never throws.
 */
export async function sendWebhook(webhook: Webhook, limits: WebhookOptions): Promise<SendResult> {
  const { egress, timeoutMs: answerMs } = limits
  const began = performance.now()
  let resolved: Resolved | null = null
  let sent: SendResult
  let isDenied = false
  try {
    resolved = await withTimeout(limits, resolve(new URL(webhook.uri), egress))
    sent = statusResult(await post(webhook, resolved, limits))
  } catch (error) {
    isDenied = error instanceof EgressDenied
    sent = failed(errorMessage(error as Error, limits))
  }
  const isVisible =
    resolved?.addresses.every(({ address }) => isOutcomeVisible(address, egress)) ?? true
  if (isVisible && !isDenied) return sent
  if (sent.delivered) return { delivered: true, status: null, outcome: 'Delivered' }
  const left = Math.max(0, began + answerMs - performance.now())
  await ignoreAbort(setTimeout(left, null, { signal: limits.signal }))
  return { ...failed('Could not be delivered'), logDetail: sent.outcome }
}

const failed = (outcome: string): SendResult => ({ delivered: false, status: null, outcome })

function statusResult(status: number): SendResult {
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

async function post(
  { uri, secret, id, body }: Webhook,
  resolved: Resolved,
  limits: WebhookOptions,
): Promise<number> {
  const url = new URL(uri)
  const { request } = url.protocol === 'https:' ? https : http
  limits.beforeSending?.()
  limits.signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const sent = request(url, {
    method: 'POST',
    agent: false,
    lookup: pinnedLookup(resolved),
    signal: AbortSignal.any([limits.signal, AbortSignal.timeout(limits.timeoutMs)]),
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
      response.destroy()
    },
    reject,
  )
  sent.on('error', reject)
  sent.on('response', onResponse)
  sent.end(body)
  return promise
}

/** Limits the time of `work`, which goes on in the background: Node can't abort a DNS lookup. */
async function withTimeout<T>(
  { timeoutMs: answerMs, signal }: WebhookOptions,
  work: Promise<T>,
): Promise<T> {
  const finished = new AbortController()
  const timeout = async () => {
    await setTimeout(answerMs, null, { signal: AbortSignal.any([signal, finished.signal]) })
    throw Object.assign(new Error(), { name: 'TimeoutError' })
  }
  try {
    return await Promise.race([work, timeout()])
  } finally {
    finished.abort()
  }
}

/** Waits for a timer; resolves early if it is aborted. */
async function ignoreAbort(timer: Promise<unknown>): Promise<void> {
  try {
    await timer
  } catch {
    // The control plane stops.
  }
}

function errorMessage(error: Error, { timeoutMs: answerMs }: WebhookOptions): string {
  if (error instanceof EgressDenied) return error.message
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `The receiver did not answer within ${answerMs / 1000} s`
  }
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : error
  return connectionErrorMessage(error) ?? first.message.split('\n')[0] ?? 'It could not be sent'
}
