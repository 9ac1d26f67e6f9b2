import type { Socket } from 'node:net'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { type IdleExtent, idleMemory } from '../bench/measure/idle-memory.ts'
import type { Figure } from '../support/figures.ts'
import { Stage } from './stage.ts'

const EACH_KIB_MAX = 12
const AFTER_PERCENT_MAX = 110
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx\n'

/** Promise 13: the memory of idle connections, and its release. */
export async function idlePairs(protocol: 'http' | 'tcp', extent: IdleExtent): Promise<Figure[]> {
  await using stage = await Stage.set({ backend: { protocol }, onConnection: answer })
  const place = { address: TEST_ADDRESS, port: stage.lb.port, pids: () => [stage.lb.pid] }
  const { each, after } = await idleMemory(place, extent)
  return [
    {
      what: `${protocol}: memory of each of ${extent.pairs} idle clients`,
      value: each,
      unit: 'KiB',
      atMost: EACH_KIB_MAX,
    },
    {
      what: `${protocol}: memory after they left, of what it was the time before`,
      value: after,
      unit: '%',
      atMost: AFTER_PERCENT_MAX,
    },
  ]
}

function answer(socket: Socket): void {
  socket.on('data', () => socket.write(ANSWER))
  socket.on('end', () => socket.end())
}
