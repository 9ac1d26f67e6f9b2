import { runLb, TEST_ADDRESS, testBackend } from '#lib/testing/runtime/running-lb.ts'
import { type Fuzzed, fuzzAnswers, fuzzRequests } from './fuzzer.ts'
import { answeringServer, NotingServer } from './scripted-server.ts'

// Sends mutated requests and responses through the proxy, alternately, for a number of minutes. Exits with 1 at a disagreement.

const TURN_MS = 30_000

const minutes = Number(process.argv[2] ?? 10)
const noting = new NotingServer()
const answering = await answeringServer({ bytes: '', closes: true }, TEST_ADDRESS)
const toNoting = runLb(testBackend(await noting.start(TEST_ADDRESS)))
const toAnswering = runLb(testBackend(answering.port))

type Turn = { what: string; run(ms: number): Promise<Fuzzed> }

const turns: Turn[] = [
  {
    what: 'requests',
    run: (ms) => fuzzRequests({ host: TEST_ADDRESS, port: toNoting.port }, noting, { ms }),
  },
  {
    what: 'answers',
    run: (ms) => fuzzAnswers({ host: TEST_ADDRESS, port: toAnswering.port }, answering, { ms }),
  },
]

const end = performance.now() + minutes * 60_000
let failure: string | null = null
for (let turn = 0; failure === null && performance.now() < end; turn += 1) {
  const { what, run } = turns[turn % turns.length] as Turn
  const ms = Math.min(TURN_MS, end - performance.now())
  const round = await run(ms)
  failure = round.failure
  const rate = Math.round(round.tried / (ms / 1000))
  console.log(`${round.tried} ${what}, ${rate} a second, seed ${round.seed}`)
}
console.log(failure ?? '0 disagreements')
process.exit(failure === null ? 0 : 1)
