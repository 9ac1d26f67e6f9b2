import { expect, test } from 'vitest'
import { runLb, TEST_ADDRESS, testBackend } from '../../testing.ts'
import { fuzz } from './fuzz.ts'
import { NotingServer } from './scripted-server.ts'

const MS = 4000

test('mutated requests are understood alike by all parsers, or refused', async () => {
  const server = new NotingServer()
  const { lb, port } = runLb(testBackend(await server.start(TEST_ADDRESS)))
  const { tried, failure } = await fuzz({ host: TEST_ADDRESS, port }, server, MS)
  lb.retire()
  server.close()
  process.stdout.write(`${tried} mutated requests\n`)
  expect(failure).toBeNull()
  expect(tried).toBeGreaterThan(10)
}, 30_000)
