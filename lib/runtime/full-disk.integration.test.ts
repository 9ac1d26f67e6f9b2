import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ControlPlane, eventually, NODE, Supervised } from '#lib/testing/node/node-process.ts'
import {
  bindHandle,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
} from '#lib/testing/runtime/running-lb.ts'
import { mountSmallDisk, whyNoSmallDisk } from '#lib/testing/small-disk.ts'

const missing = whyNoSmallDisk()
const name = 'a node on a full disk takes what is new, says that it is not kept, and keeps it later'

test.skipIf(missing)(missing ? `${name} (${missing})` : name, async () => {
  const disk = mountSmallDisk(1)
  onTestFinished(() => disk.remove())
  const origin = createServer((_, response) => response.end('served')).listen(0, TEST_ADDRESS)
  await once(origin, 'listening')
  const { handle, port } = bindHandle(TEST_ADDRESS)
  handle.close()
  const backend = testBackend((origin.address() as AddressInfo).port)
  const config = testConfig([testFrontend(port, backend)], [backend], { generation: 5 })
  const controlPlane = new ControlPlane()
  const node = new Supervised(await controlPlane.listen(), disk.path)
  onTestFinished(async () => {
    node.process.kill('SIGKILL')
    await node.exit()
    controlPlane.close()
    origin.close()
  })
  const report = () => controlPlane.reports.get(1)?.get(config.lb_id)
  const file = join(disk.path, 'nodes', NODE, `${config.lb_id}.json`)
  const kept = () => JSON.parse(readFileSync(file, 'utf8')).generation

  await eventually(() => controlPlane.hellos.length > 0)
  controlPlane.say({ type: 'apply', config })
  await node.serve(config)
  await eventually(() => report()?.listeners[0]?.state === 'listening')
  await eventually(() => kept() === 5)
  disk.fill()
  controlPlane.say({ type: 'apply', config: { ...config, generation: 6 } })
  await eventually(() => report()?.not_kept === 'the disk is full')
  expect(report()?.generation).toBe(6)
  expect(kept()).toBe(5)
  expect(await (await fetch(`http://${TEST_ADDRESS}:${port}/`)).text()).toBe('served')

  disk.free()
  await eventually(() => kept() === 6)
  await eventually(() => report()?.not_kept === undefined)
})
