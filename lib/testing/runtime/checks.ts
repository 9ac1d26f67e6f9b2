import { afterEach, expect } from 'vitest'
import type {
  DesiredCheckKind,
  DesiredDraft,
  DesiredHealthCheck,
} from '#lib/protocol/desired-config.ts'
import type { CheckResult } from '#lib/runtime/health/checker.ts'
import { startCheck } from '#lib/runtime/health/start-check.ts'
import { type RunningLb, runLb, testBackend } from './running-lb.ts'

type Address = { address: string; port: number }

/** A server that a test can freeze, crash and restart. */
type ControllableServer = Address & {
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  start(): Promise<void>
}

/** Checks a server once. */
export function check(
  { address, port }: Address,
  settings: Partial<DesiredHealthCheck>,
  proxy_protocol: DesiredDraft['proxy_protocol'] = 'none',
  tls: DesiredDraft['tls'] = null,
): Promise<CheckResult | null> {
  const health_check = { ...testBackend(port).health_check, timeout: 5000, ...settings }
  return new Promise((resolve) =>
    startCheck(address, { health_check, proxy_protocol, tls }, resolve),
  )
}

export const up = (reason: string) => ({ passed: true, reason })
export const down = (reason: string | RegExp) => ({
  passed: false,
  reason: reason instanceof RegExp ? expect.stringMatching(reason) : reason,
})

const lbs: RunningLb[] = []
afterEach(() => {
  for (const { lb } of lbs.splice(0)) lb.retire()
})

/** Runs a load balancer in front of a server. @returns a function that reads the server's state and reason: "up: HTTP 200" */
export function watch({ address, port }: Address, kind: DesiredCheckKind): () => string {
  const quick = { delay: 60, transient_delay: 20, timeout: 400, retries: 2 }
  const health_check = { ...testBackend(port).health_check, ...quick, kind }
  const running = runLb(testBackend(port, { servers: [address], health_check }))
  lbs.push(running)
  return () => {
    const [server] = running.lb.report().servers
    return `${server?.state}: ${server?.reason}`
  }
}

/**
 * Freezes, resumes, crashes and restarts a server, and waits for each state.
 * @param reason of the healthy server
 */
export async function expectToFollow(
  server: ControllableServer,
  kind: DesiredCheckKind,
  reason: string,
) {
  const state = watch(server, kind)
  await expect.poll(state).toBe(`up: ${reason}`)
  server.freeze()
  const progress = kind.type === 'https' ? 'in the TLS handshake' : 'without a response'
  await expect.poll(state).toBe(`down: timed out after 400 ms ${progress}`)
  server.thaw()
  await expect.poll(state).toBe(`up: ${reason}`)
  await server.kill()
  await expect.poll(state).toBe('down: connection refused')
  await server.start()
  await expect.poll(state).toBe(`up: ${reason}`)
}
