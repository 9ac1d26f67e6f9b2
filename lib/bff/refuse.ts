import type { ServerResponse } from 'node:http'

/** Refuses a request before Next sees it, in the API's error format. The rest of the request is not read. */
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
