import { parseArgs } from 'node:util'
import { buildConsole } from '#lib/supervisor/console-build.ts'
import { installMissingPrograms, TEST_PROGRAMS } from '#lib/testing/programs/programs.ts'
import { installBrowserElsewhere } from './support/browser.ts'
import { occupyCores } from './test-run/busy-cores.ts'
import type { Selection } from './test-run/run-tests.ts'
import { runRounds, stressText } from './test-run/stress-test.ts'
import {
  PLAYWRIGHT,
  VITEST_CLIENTS,
  VITEST_CLUSTER,
  VITEST_INTEGRATION,
  VITEST_POSTGRES,
  VITEST_PROMISES,
  VITEST_STACK,
  VITEST_UNIT,
} from './test-run/suites.ts'

// `npm run test:stress -- N [part of a path] [-t name]`: runs tests many times with every core busy.

const USAGE = 'npm run test:stress -- ROUNDS [PART-OF-A-PATH] [-t REGULAR-EXPRESSION-FOR-NAMES]'
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'test-name': { type: 'string', short: 't' } },
})
const rounds = Number(positionals[0])
if (!Number.isInteger(rounds) || rounds < 1 || positionals.length > 2) {
  console.error(`${USAGE}\nROUNDS is a whole number from 1.`)
  process.exit(2)
}
const selection: Selection = {
  ...(positionals[1] === undefined ? {} : { path: positionals[1] }),
  ...(values['test-name'] === undefined ? {} : { testName: values['test-name'] }),
}

installMissingPrograms(TEST_PROGRAMS)
installBrowserElsewhere()
await buildConsole()
const cores = await occupyCores()
const result = await runRounds(
  [
    VITEST_UNIT,
    VITEST_INTEGRATION,
    VITEST_PROMISES,
    VITEST_POSTGRES,
    VITEST_STACK,
    VITEST_CLIENTS,
    VITEST_CLUSTER,
    PLAYWRIGHT,
  ],
  rounds,
  selection,
  (sofar) => console.log(`\n== after round ${sofar.rounds} of ${rounds}\n${stressText(sofar)}\n`),
)
await cores.stop()
if (result.passed === 0 && result.failures.size === 0) console.error('No test matches.')
process.exitCode = result.passed > 0 && result.failures.size === 0 ? 0 : 1
