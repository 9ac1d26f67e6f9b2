import { OpenAPIHono } from '@hono/zod-openapi'
import { DemoAction } from '#lib/core/demo-state.ts'
import { callDemo } from '../demo/demo-socket.ts'
import { parseInput } from '../services/parse-input.ts'
import type { Environment } from './environment.ts'
import { readJson } from './read-json.ts'
import { requireRight } from './require-right.ts'

const PATH = '/fairlead/v1/demo'

/**
 * `/fairlead/v1/demo`, which exists only in the demo of several machines: its state, and the plugs of its hosts.
 * @param socket of the demo
 */
export function demoRoutes(socket: string) {
  const app = new OpenAPIHono<Environment>()
  app.get('/', async (http) => {
    requireRight(http, 'read', PATH)
    return http.json(await callDemo(socket, null))
  })
  app.post('/', async (http) => {
    requireRight(http, 'write', PATH)
    return http.json(await callDemo(socket, parseInput(DemoAction, await readJson(http))))
  })
  return app
}
