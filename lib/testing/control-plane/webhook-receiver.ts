import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EventBody } from '#lib/core/delivery.ts'

/** A request that a webhook received. */
export type Received = { headers: IncomingHttpHeaders; text: string; event: EventBody }

/** Starts a webhook receiver. `answer` sends the response to each request. Default: 204. */
export async function receiveWebhooks(
  answer: (response: ServerResponse, count: number) => void = (response) =>
    response.writeHead(204).end(),
) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    received.push({ headers: request.headers, text, event: text ? JSON.parse(text) : null })
    answer(response, received.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port, uri: `http://127.0.0.1:${port}/`, received, [Symbol.asyncDispose]: close }
}

/** Verifies the signature of Standard Webhooks 1.0.0. */
export function isSigned({ headers, text }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
  const expected = createHmac('sha256', key).update(signed).digest('base64')
  return headers['webhook-signature'] === `v1,${expected}`
}
