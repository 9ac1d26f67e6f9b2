import { expect, test } from 'vitest'
import { runLb, TEST_ADDRESS, testBackend } from '#lib/testing/runtime/running-lb.ts'
import { type Fuzzed, fuzzAnswers, fuzzRequests } from './fuzzer.ts'
import { answeringServer, NotingServer } from './scripted-server.ts'

/** A fixed seed, so that only a change of the code can make the test fail. `npm run fuzz` tries new mutations. */
const EXTENT = { ms: 3000, seed: 2_026 }

function expectSound(what: string, { tried, seed, failure }: Fuzzed): void {
  process.stdout.write(`${tried} mutated ${what}, seed ${seed}\n`)
  expect(failure).toBeNull()
  expect(tried).toBeGreaterThan(10)
}

test('all parsers agree on mutated requests, or they are refused', async () => {
  const server = new NotingServer()
  const { lb, port } = runLb(testBackend(await server.start(TEST_ADDRESS)))
  const fuzzed = await fuzzRequests({ host: TEST_ADDRESS, port }, server, EXTENT)
  lb.retire()
  server.close()
  expectSound('requests', fuzzed)
})

test('all parsers agree on mutated responses, or clients get 502', async () => {
  const server = await answeringServer({ bytes: '', closes: true }, TEST_ADDRESS)
  const { lb, port } = runLb(testBackend(server.port))
  const fuzzed = await fuzzAnswers({ host: TEST_ADDRESS, port }, server, EXTENT)
  lb.retire()
  server.close()
  expectSound('answers', fuzzed)
})
