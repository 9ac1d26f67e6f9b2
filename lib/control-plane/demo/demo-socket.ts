import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type DemoAction, DemoState } from '#lib/core/demo-state.ts'
import { preconditionFailed, unavailable } from '../errors.ts'

const TIMEOUT_MS = 5000

/** The socket of the demo of several machines that this control plane is part of; null outside of it. */
export function findDemoSocket(databaseFile: string): string | null {
  const path = join(dirname(databaseFile), 'demo.sock')
  return existsSync(path) ? path : null
}

/**
 * Reads the demo's state, after an action unless that is null.
 * @throws ApiError 412 if the demo refuses the action, 503 if it has ended
 */
export async function callDemo(socketPath: string, action: DemoAction | null): Promise<DemoState> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const method = action ? 'POST' : 'GET'
  const sent = request({ socketPath, path: '/', method, signal, agent: false })
  sent.end(action ? JSON.stringify(action) : undefined)
  const answered = await once(sent, 'response').catch(() => null)
  if (!answered) throw unavailable('The demo does not answer. It may have ended.')
  const [response] = answered as [IncomingMessage]
  const body = await text(response)
  if (response.statusCode !== 200) throw preconditionFailed('not_ready', body)
  return DemoState.parse(JSON.parse(body))
}
