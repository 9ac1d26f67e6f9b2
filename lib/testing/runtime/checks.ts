import { afterEach, expect } from 'vitest'
import type {
  DesiredCheckKind,
  DesiredDraft,
  DesiredHealthCheck,
} from '#lib/protocol/desired-config.ts'
import type { Outcome } from '#lib/runtime/health/checker.ts'
import { startCheck } from '#lib/runtime/health/start-check.ts'
import { type RunningLb, runLb, testBackend, until } from './running-lb.ts'

/** What the tests with real servers have in common. */

type Place = { address: string; port: number }

/** A server that can be brought to hang, to crash, and back. */
type Mortal = Place & {
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  start(): Promise<void>
}

/** Checks a server once. */
export function check(
  { address, port }: Place,
  settings: Partial<DesiredHealthCheck>,
  proxy_protocol: DesiredDraft['proxy_protocol'] = 'none',
  tls: DesiredDraft['tls'] = null,
): Promise<Outcome | null> {
  const health_check = { ...testBackend(port).health_check, timeout: 5000, ...settings }
  return new Promise((resolve) =>
    startCheck(address, { health_check, proxy_protocol, tls }, resolve),
  )
}

export const up = (words: string) => ({ passed: true, words })
export const down = (words: string | RegExp) => ({
  passed: false,
  words: words instanceof RegExp ? expect.stringMatching(words) : words,
})

const lbs: RunningLb[] = []
afterEach(() => {
  for (const { lb } of lbs.splice(0)) lb.retire()
})

/** Runs a load balancer in front of a server. @returns what it says of the server: "up: HTTP 200" */
export function watch({ address, port }: Place, kind: DesiredCheckKind): () => string {
  const quick = { delay: 60, transient_delay: 20, timeout: 400, retries: 2 }
  const health_check = { ...testBackend(port).health_check, ...quick, kind }
  const running = runLb(testBackend(port, { servers: [address], health_check }))
  lbs.push(running)
  return () => {
    const [server] = running.lb.report().servers
    return `${server?.state}: ${server?.reason}`
  }
}

/** Has a server hang, go on, crash and come back while it is watched. */
export async function liveThroughIt(server: Mortal, kind: DesiredCheckKind, well: string) {
  const said = watch(server, kind)
  await until(() => said() === `up: ${well}`)
  server.freeze()
  const silent = kind.type === 'https' ? 'in the TLS handshake' : 'without an answer'
  await until(() => said() === `down: timed out after 400 ms ${silent}`)
  server.thaw()
  await until(() => said() === `up: ${well}`)
  await server.kill()
  await until(() => said() === 'down: connection refused')
  await server.start()
  await until(() => said() === `up: ${well}`)
}
