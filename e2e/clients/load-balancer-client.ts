import { once } from 'node:events'
import { type Agent, type IncomingMessage, request } from 'node:http'
import { waitFor } from '#lib/testing/wait.ts'

type Request = { path?: string; host?: string; agent?: Agent | false }

/** Sends a request to a load balancer. @returns its status, `Location` and body */
export async function get(address: string, asked: Request = {}) {
  // Without an agent, the request uses a new connection.
  const { path = '/', host = 'site.example', agent = false } = asked
  const [name, port] = address.split(':')
  const call = request({ host: name, port, path, headers: { Host: host }, agent })
  call.end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, location: response.headers.location, body: body.trim() }
}

/** Waits until clients get this response: a change takes effect within milliseconds, not at once. */
export async function expectAnswer(
  address: string,
  wanted: object,
  asked: Request = {},
): Promise<void> {
  await waitFor(`${JSON.stringify(asked)} gets ${JSON.stringify(wanted)}`, async () => {
    const got = await get(address, asked)
    return Object.entries(wanted).every(([key, value]) => got[key as keyof typeof got] === value)
  })
}

export async function expectRefused(address: string): Promise<void> {
  await waitFor(`nothing listens on ${address}`, () =>
    get(address).then(
      () => false,
      () => true,
    ),
  )
}
