import { buffer } from 'node:stream/consumers'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import { sendPieces } from './raw-client.ts'
import { type RunningLb, TEST_ADDRESS } from './running-lb.ts'
import { httpServer, startLb } from './sockets.ts'

/** Starts a load balancer with ACLs, and a server that records targets and bodies. Within a test only. */
export async function startWithAcls(acls: DesiredAcl[]) {
  const targets: string[] = []
  const bodies: string[] = []
  const { port: server } = await httpServer(async (request, response) => {
    targets.push(request.url ?? '')
    bodies.push((await buffer(request)).toString())
    response.end('served')
  })
  const running = startLb(server, {}, { acls })
  const target = { host: TEST_ADDRESS, port: running.port }
  /** Sends a text on a new connection, half-closes, and resolves with all that is received. */
  const send = async (text: string) =>
    (await sendPieces(target, text, Number.POSITIVE_INFINITY, true)).text
  return { ...running, targets, bodies, send }
}

export const getRequest = (target: string, fields = '', host = 'shop.test') =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`

export const statusesOf = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))

export const frontendCounters = ({ lb }: Pick<RunningLb, 'lb'>) =>
  Object.values(lb.report().frontend_counters)[0] ?? null
