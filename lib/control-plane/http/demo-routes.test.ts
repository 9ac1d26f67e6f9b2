import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { DemoAction, DemoState } from '#lib/core/demo-state.ts'
import { nodeList } from '#lib/testing/control-plane/node-records.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'

const DEMO = '/fairlead/v1/demo'
const LB_1 = { name: 'lb-1', role: 'load_balancer', database: null }

/** A demo of one host, on a socket in a data directory of its own. */
async function runDemo() {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-demo-'))
  let state: DemoState['hosts'][number]['state'] = 'running'
  const server = createServer(async (request, response) => {
    const action = request.method === 'POST' ? ((await json(request)) as DemoAction) : null
    if (action && action.host !== 'lb-1') {
      response.writeHead(400).end(`There is no host ${action.host}.`)
      return
    }
    if (action) state = action.action === 'pull' ? 'off' : 'starting'
    const traffic = { requests: 200, failed: 0, through: 'lb-1' }
    response.end(JSON.stringify({ hosts: [{ ...LB_1, state }], traffic, blackouts: [] }))
  })
  server.listen(join(directory, 'demo.sock'))
  await once(server, 'listening')
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  const dispose = async () => {
    stop()
    rmSync(directory, { recursive: true })
  }
  return { databaseFile: join(directory, 'fairlead.db'), stop, [Symbol.asyncDispose]: dispose }
}

test('in the demo, the plugs of its hosts can be pulled', async () => {
  await using demo = await runDemo()
  await using controlPlane = await runControlPlane({ databaseFile: demo.databaseFile })
  const { call } = controlPlane
  expect((await nodeList(controlPlane)).demo).toBe(true)
  const hostsIn = (body: DemoState) => body.hosts
  expect(hostsIn((await call('GET', DEMO)).body)).toEqual([{ ...LB_1, state: 'running' }])
  const pulled = await call('POST', DEMO, { host: 'lb-1', action: 'pull' })
  expect(hostsIn(pulled.body)).toEqual([{ ...LB_1, state: 'off' }])
  const unknown = await call('POST', DEMO, { host: 'lb-9', action: 'pull' })
  expect([unknown.status, unknown.body.help_message]).toEqual([412, 'There is no host lb-9.'])
  expect((await call('POST', DEMO, { host: 'lb-1', action: 'burn' })).status).toBe(400)
  demo.stop()
  expect((await call('GET', DEMO)).status).toBe(503)
})

test('elsewhere there is no such call', async () => {
  await using controlPlane = await runControlPlane()
  expect((await nodeList(controlPlane)).demo).toBe(false)
  expect((await controlPlane.call('GET', DEMO)).status).toBe(404)
})
