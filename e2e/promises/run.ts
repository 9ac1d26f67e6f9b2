import { parseArgs } from 'node:util'
import { installMissingPrograms } from '#lib/testing/programs/programs.ts'
import { MAX_PAIRS } from '../bench/contenders/contender.ts'
import { type Figure, missed } from '../support/figures.ts'
import { ends } from './ends.ts'
import { idlePairs } from './idle-pairs.ts'
import { ATTACK_KINDS, isolation } from './isolation.ts'
import { largeTransfer, TRANSFER_KINDS } from './large-transfers.ts'
import { exhaustedFiles } from './open-files.ts'
import { slowHeads } from './slow-heads.ts'
import { SLOW_KINDS, slowStreams } from './slow-streams.ts'

// Measures the promises at full size: npm run promises [-- --only ends,idle-pairs]. Exits with 1 if a limit is missed.

const MODES = ['http', 'tcp'] as const
const STREAMS = ['tcp', 'upgraded'] as const

const SCENARIOS: Record<string, (() => Promise<Figure[]>)[]> = {
  'slow-heads': [() => slowHeads({ count: 2000, headMs: 10_000, rounds: 3, roomMs: 0 })],
  'slow-streams': MODES.map(
    (mode) => () => slowStreams(mode, SLOW_KINDS, { count: 200, seconds: 30 }),
  ),
  ends: STREAMS.map((kind) => () => ends(kind, { pairs: 200, bytes: 2 ** 24, resetMs: 100 })),
  'open-files': STREAMS.map((kind) => () => exhaustedFiles(kind, { seconds: 10, roomMs: 0 })),
  'idle-pairs': MODES.map(
    (mode) => () => idlePairs(mode, { pairs: MAX_PAIRS, settleMs: 3000, fills: 3 }),
  ),
  isolation: [false, true].map(
    (busy) => () =>
      isolation(ATTACK_KINDS, {
        connections: 20,
        seconds: 3,
        rounds: 3,
        busy,
        haproxy: true,
        roomMs: 0,
      }),
  ),
  'large-transfers': TRANSFER_KINDS.map((kind) => () => largeTransfer(kind, 2 ** 30)),
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const wanted = values.only?.split(',') ?? Object.keys(SCENARIOS)
const unknown = wanted.filter((name) => !(name in SCENARIOS))
if (unknown.length > 0) {
  console.error(`No ${unknown.join(', ')}. There are ${Object.keys(SCENARIOS).join(', ')}.`)
  process.exit(2)
}

installMissingPrograms(['nginx', 'haproxy'])
let misses = 0
for (const name of wanted) {
  console.log(`\n${name}`)
  for (const scenario of SCENARIOS[name] ?? []) misses += missed(await scenario()).length
}
console.log(misses === 0 ? '\nAll kept.' : `\n${misses} missed.`)
process.exit(misses === 0 ? 0 : 1)
