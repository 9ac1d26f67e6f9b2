import { parseArgs } from 'node:util'
import { BENCH_PROGRAMS, installMissingPrograms } from '#lib/testing/programs/programs.ts'
import { startOrigin } from './contenders/origin.ts'
import type { Row } from './measure/row.ts'
import { markdownTable } from './measure/table.ts'
import type { Work } from './measure/work.ts'
import { httpHalfLoad } from './works/half-load.ts'
import { httpIdle, tcpIdle } from './works/idle-pairs.ts'
import { httpLarge, tcpLarge } from './works/large.ts'
import { httpNew, tcpNew } from './works/new-connections.ts'
import { httpKeepalive, httpRules, httpSticky, tcpSmall } from './works/small.ts'
import { twoWorkers } from './works/workers.ts'

// Compares Fairlead's proxy with HAProxy and nginx: npm run bench [-- --rounds 5 --seconds 3 --only http-keepalive,tcp-small]

const WORKS: Work[] = [
  httpKeepalive,
  httpSticky,
  httpRules,
  tcpSmall,
  httpLarge,
  tcpLarge,
  httpNew,
  tcpNew,
  httpHalfLoad,
  httpIdle,
  tcpIdle,
  twoWorkers,
]

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const extent = { rounds: Number(values.rounds), seconds: Number(values.seconds) }
const wanted = values.only?.split(',') ?? WORKS.map(({ name }) => name)
const unknown = wanted.filter((name) => !WORKS.some((work) => work.name === name))
if (unknown.length > 0) {
  console.error(
    `No work ${unknown.join(', ')}. There are ${WORKS.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(2)
}

installMissingPrograms(BENCH_PROGRAMS)
const origin = await startOrigin()
try {
  const rows: Row[] = []
  for (const work of WORKS.filter(({ name }) => wanted.includes(name))) {
    console.error(`${work.name} …`)
    rows.push(...(await work.run(origin, extent)))
  }
  console.log(`Medians of ${extent.rounds} rounds of ${extent.seconds} s each.\n`)
  console.log(markdownTable(rows))
} finally {
  await origin.stop()
}
