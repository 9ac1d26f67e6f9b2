import { inspect } from 'node:util'
import { faultLog } from '#lib/process/fault-log.ts'
import { contain, detach, onFault } from '#lib/process/faults.ts'
import { errorMessage } from '#lib/process/file-problem.ts'
import { installLastResort } from '#lib/process/last-resort.ts'
import { secureDataDir } from './data-dir.ts'
import { Installation } from './installation.ts'
import { lockDataDir } from './installation-lock.ts'
import { checkPort } from './port-check.ts'
import { urlOf } from './settings/listen-settings.ts'
import { readSettings } from './settings/settings.ts'
import { endOnSignals } from './signals.ts'
import { print } from './terminal.ts'

process.title = 'fairlead supervisor'

/** How long the children of a killed supervisor may take to exit. Milliseconds. */
const ENDING_MS = 10_000

async function main(): Promise<void> {
  let installation: Installation | null = null
  const stop = stopOnce(() => installation)
  let isEnding = false
  endOnSignals(() => {
    isEnding = true
    stop(0)
  })
  const settings = readSettings(process.env, process.argv.slice(2))
  const { host, consolePort, apiPort, dataDir } = settings
  for (const line of secureDataDir(dataDir)) print(line)
  const { release, wasAbandoned } = lockDataDir(dataDir)
  const onExit = contain('stop', release)
  process.on('exit', onExit)
  // The console and the control plane of a killed supervisor may still be exiting.
  const waitMs = wasAbandoned ? ENDING_MS : 0
  await checkPort(host, consolePort, 'PORT', waitMs)
  await checkPort(host, apiPort, 'FAIRLEAD_API_PORT', waitMs)

  installation = new Installation(settings)
  running = installation
  try {
    await installation.start()
  } catch (error) {
    // A stop during the start is not a failure.
    if (!isEnding) fail(error)
    return stop(1)
  }
  print(`Fairlead is ready: console ${urlOf(host, consolePort)} api ${urlOf(host, apiPort)}`)
}

/** Stops the installation, if it has started, and this process. Later calls do nothing. */
function stopOnce(installation: () => Installation | null): (code: number) => void {
  let stopping = false
  return (code) => {
    if (stopping) return
    stopping = true
    if (code === 0) print('Stopping …')
    const end = async () => {
      await installation()?.stop()
      process.exit(code)
    }
    detach('stop', end, () => process.exit(1))
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${errorMessage(error)}\n`)
}

onFault(
  faultLog((fault, { boundary, total }) => {
    process.stderr.write(`Fault ${total} of ${boundary}: ${inspect(fault)}\n`)
  }),
)
let running: Installation | null = null
// If it exits, the nodes go on without it, and the next supervisor adopts them.
installLastResort({
  name: 'Fairlead',
  isReady: () => running !== null,
  recover: () => running?.recover(),
})

try {
  await main()
} catch (error) {
  fail(error)
  process.exit(1)
}
