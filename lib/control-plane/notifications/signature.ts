import { createHmac, randomBytes } from 'node:crypto'

/** The prefix of secrets in the Standard Webhooks specification. */
const PREFIX = 'whsec_'
const SECRET_BYTES = 32

export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/**
 * The headers of Standard Webhooks 1.0.0, with a symmetric signature: `v1,` and the base64 of HMAC-SHA256 over
 * `{id}.{timestamp}.{body}`, keyed with the decoded secret.
 * @param at Unix time, milliseconds
 */
export function signedHeaders(secret: string, id: string, at: number, body: string) {
  const timestamp = String(Math.floor(at / 1000))
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}
