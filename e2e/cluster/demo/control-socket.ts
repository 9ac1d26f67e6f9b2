import { mkdirSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { DemoAction, DemoState } from '#lib/core/demo-state.ts'

/** Where the running demo is controlled from other terminals. */
export const CONTROL_SOCKET = '/run/fairlead-demo/control.sock'

export type Controlled = { state(): DemoState; act(action: DemoAction): Promise<void> }

/** Serves the demo on a socket that only root may open: `GET /` is its state, `POST /` acts. */
export async function serveControl(path: string, demo: Controlled): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  rmSync(path, { force: true })
  const server = createServer(async (incoming, response) => {
    try {
      if (incoming.method === 'POST') {
        await demo.act(DemoAction.parse(JSON.parse(await text(incoming))))
      }
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(demo.state()))
    } catch (error) {
      response.statusCode = 400
      response.end((error as Error).message)
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return server
}

/** Calls the running demo. @returns null if none runs. @throws Error in words if it refuses the action */
export function callDemo(path: string, action: DemoAction | null): Promise<DemoState | null> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: path, method: action ? 'POST' : 'GET' }, async (answer) => {
      const body = await text(answer)
      if (answer.statusCode === 200) resolve(DemoState.parse(JSON.parse(body)))
      else reject(new Error(body))
    })
    call.on('error', () => resolve(null))
    call.end(action ? JSON.stringify(action) : undefined)
  })
}
