import { parseArgs } from 'node:util'
import { missed } from '../promises/figures.ts'
import { installMissingPrograms } from '../support/programs.ts'
import { changesUnderLoad } from './changes.ts'
import { FAILOVER_KINDS, failovers } from './failovers.ts'
import { Stage } from './stage.ts'
import { switchovers } from './switchovers.ts'

// High availability in figures, on a real installation: npm run bench:ha [-- --runs 50 --changes 1000]. Ends with 1 where a bar is
// missed.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    changes: { type: 'string', default: '1000' },
  },
})

installMissingPrograms(['nginx'])
const stage = await Stage.set()
let misses = 0
try {
  console.log('\nfailover')
  for (const kind of FAILOVER_KINDS) {
    const figures = await failovers(stage, kind, { runs: Number(values.runs), roomMs: 0 })
    misses += missed(figures).length
  }
  console.log('\nplanned switchover')
  misses += missed(await switchovers(stage, { runs: Number(values.runs) })).length
  console.log('\nchange')
  const figures = await changesUnderLoad(stage, { count: Number(values.changes), roomMs: 0 })
  misses += missed(figures).length
} finally {
  await stage[Symbol.asyncDispose]()
}
console.log(misses === 0 ? '\nAll kept.' : `\n${misses} missed.`)
process.exit(misses === 0 ? 0 : 1)
