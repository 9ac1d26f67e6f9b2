import type { Contender } from '../contenders/contender.ts'
import { RULED_PATH } from '../contenders/rules.ts'
import { wrkWork } from './wrk-work.ts'

const load = { path: '/', connections: 64 }
const goal = { reach: 0.8, aim: 1 }

/** Small responses with keep-alive. */
export const httpKeepalive = wrkWork({
  name: 'http-keepalive',
  title: 'HTTP keep-alive, 100 B, 64 connections',
  duty: { mode: 'http', workers: 1 },
  load,
  unit: 'request',
  goal,
})

/** The same with sticky clients that already have a cookie. */
export const httpSticky = wrkWork({
  name: 'http-sticky',
  title: 'the same with sticky cookie',
  duty: { mode: 'http', workers: 1, sticky: true },
  load,
  headersFor: async (contender) => [`Cookie: ${await cookieOf(contender)}`],
  unit: 'request',
  goal,
})

/** The same with ten ACLs and five routes, all evaluated for each request. */
export const httpRules = wrkWork({
  name: 'http-rules',
  title: 'HTTP keep-alive with 10 ACLs and 5 routes',
  duty: { mode: 'http', workers: 1, rules: true },
  load: { ...load, path: RULED_PATH },
  unit: 'request',
  goal,
})

/** Small messages both ways in TCP mode. */
export const tcpSmall = wrkWork({
  name: 'tcp-small',
  title: 'TCP, small messages, 64 connections',
  duty: { mode: 'tcp', workers: 1 },
  load,
  unit: 'message',
  goal,
})

async function cookieOf({ address, port }: Contender): Promise<string> {
  const response = await fetch(`http://${address}:${port}/`)
  await response.arrayBuffer()
  const [cookie = ''] = response.headers.getSetCookie()
  if (cookie === '') throw new Error('no cookie was set')
  return cookie.split(';')[0] ?? ''
}
