import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { readBody } from './read-body.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MIB = 1024 * 1024

/** A request whose body has this many chunks of one byte. Calls `onLast` before the last one. */
function inBytes(count: number, onLast: () => void): Request {
  let left = count
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      left -= 1
      if (left === 0) onLast()
      controller.enqueue(Uint8Array.of(97))
      if (left === 0) controller.close()
    },
  })
  return new Request('http://localhost/', { method: 'POST', body, duplex: 'half' } as RequestInit)
}

test('a body in chunks of one byte takes no more memory than one in large chunks', async () => {
  await readBody(inBytes(1000, () => {}))
  collectGarbage()
  const before = process.memoryUsage()
  let grown = 0
  const request = inBytes(200_000, () => {
    collectGarbage()
    const now = process.memoryUsage()
    grown = now.heapUsed + now.external - before.heapUsed - before.external
  })
  expect(((await readBody(request)) as ArrayBuffer).byteLength).toBe(200_000)
  expect(grown).toBeLessThan(10 * MIB)
})

test('a body that is too large is refused, even without a Content-Length', async () => {
  const refused = (await readBody(
    inBytes(1025, () => {}),
    { maxBytes: 1024, timeoutMs: 10_000 },
  )) as Response
  expect([refused.status, refused.headers.get('connection')]).toEqual([413, 'close'])
  const taken = await readBody(
    inBytes(1024, () => {}),
    { maxBytes: 1024, timeoutMs: 10_000 },
  )
  expect(new TextDecoder().decode(taken as ArrayBuffer)).toBe('a'.repeat(1024))
})
