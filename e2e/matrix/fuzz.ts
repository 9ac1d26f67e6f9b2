import { fuzz } from '#lib/runtime/http/matrix/fuzz.ts'
import { NotingServer } from '#lib/runtime/http/matrix/scripted-server.ts'
import { runLb, TEST_ADDRESS, testBackend } from '#lib/runtime/testing.ts'

// Mutated requests through the proxy for so many minutes; exit code 1 where anything is wrong.

const minutes = Number(process.argv[2] ?? 10)
const server = new NotingServer()
const { port } = runLb(testBackend(await server.start(TEST_ADDRESS)))
const end = performance.now() + minutes * 60_000
let tried = 0
let failure: string | null = null
while (failure === null && performance.now() < end) {
  const ms = Math.min(60_000, end - performance.now())
  const round = await fuzz({ host: TEST_ADDRESS, port }, server, ms)
  tried += round.tried
  failure = round.failure
  console.log(`${tried} tried, ${Math.round(round.tried / (ms / 1000))} a second`)
}
console.log(failure ?? '0 disagreements')
process.exit(failure === null ? 0 : 1)
