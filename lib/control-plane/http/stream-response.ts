import type { Http } from './environment.ts'
import { type Messages, messageStream } from './message-stream.ts'

/**
 * Streams messages until they end or the client stops reading. HEAD, which the router handles as a GET, gets the headers only.
 * @param open starts the messages; not called for HEAD
 */
export function streamResponse<Message>(
  http: Http,
  headers: { 'Content-Type': string } & Record<string, string>,
  open: () => Messages<Message>,
  unreadMs?: number,
): Response {
  if (http.req.method === 'HEAD') return http.body(null, 200, headers)
  const close = () => http.env.outgoing.destroy()
  return http.body(messageStream(open(), close, unreadMs), 200, headers)
}
