import type { ServerResponse } from 'node:http'

/** Answers a request before Next sees it, in the shape of the control plane's errors. What is left of it is not read. */
export function refuse(
  response: ServerResponse,
  status: number,
  type: string,
  message: string,
): void {
  const body = JSON.stringify({ message, type })
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(body)
}
