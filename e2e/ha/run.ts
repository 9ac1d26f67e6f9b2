import { parseArgs } from 'node:util'
import { installMissingPrograms } from '#lib/testing/programs/programs.ts'
import { type Figure, missed } from '../support/figures.ts'
import { changeCost, manyServers } from './change-cost.ts'
import { changesUnderLoad } from './changes.ts'
import { FAILOVER_KINDS, failovers } from './failovers.ts'
import { removedServers } from './removed-server.ts'
import { Stage } from './stage.ts'
import { withoutTheRest } from './static-stability.ts'
import { switchovers } from './switchovers.ts'

// Measures high availability on a real installation: npm run bench:ha [-- --runs 50 --changes 1000 --only failover,cost]. Exits with 1 if a
// limit is missed.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    changes: { type: 'string', default: '1000' },
    only: { type: 'string' },
  },
})

installMissingPrograms(['nginx'])
const [runs, changes] = [Number(values.runs), Number(values.changes)]

const PARTS: Record<string, (stage: Stage) => Promise<Figure[]>> = {
  failover: async (stage) => {
    const figures: Figure[] = []
    for (const kind of FAILOVER_KINDS) {
      figures.push(...(await failovers(stage, kind, { runs, roomMs: 0 })))
    }
    return figures
  },
  switchover: (stage) => switchovers(stage, { runs }),
  change: (stage) => changesUnderLoad(stage, { count: changes, roomMs: 0 }),
  stability: withoutTheRest,
  removal: (stage) => removedServers(stage, { rounds: runs, roomMs: 0 }),
  servers: (stage) => manyServers(stage, { roomMs: 0 }),
}

let misses = 0
const isWanted = (name: string) => !values.only || values.only.split(',').includes(name)
const parts = Object.entries(PARTS).filter(([name]) => isWanted(name))
if (parts.length > 0) {
  await using stage = await Stage.set()
  for (const [name, run] of parts) {
    console.log(`\n${name}`)
    misses += missed(await run(stage)).length
  }
}
if (isWanted('cost')) {
  console.log('\ncost')
  misses += missed(await changeCost([10, 2000], 200)).length
}
console.log(misses === 0 ? '\nAll kept.' : `\n${misses} missed.`)
process.exit(misses === 0 ? 0 : 1)
