import { type Messages, messageStream } from '../nodes/message-stream.ts'
import type { Http } from './environment.ts'

/**
 * Answers with messages for as long as there are any and they are read. To HEAD, which the router treats as a GET whose body
 * nobody reads, it answers the headers, and opens nothing.
 * @param open called where the messages are wanted
 */
export function streamAnswer<Message>(
  http: Http,
  headers: { 'Content-Type': string } & Record<string, string>,
  open: () => Messages<Message>,
  unreadMs?: number,
): Response {
  if (http.req.method === 'HEAD') return http.body(null, 200, headers)
  const close = () => http.env.outgoing.destroy()
  return http.body(messageStream(open(), close, unreadMs), 200, headers)
}
