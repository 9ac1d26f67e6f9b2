import { inspect } from 'node:util'
import { faultLog } from '#lib/process/fault-log.ts'
import { contain, detach, onFault } from '#lib/process/faults.ts'
import { errorMessage } from '#lib/process/file-problem.ts'
import { installLastResort } from '#lib/process/last-resort.ts'
import { dataDirOf, hasJoined, secureDataDir } from './data-dir.ts'
import { Installation } from './installation.ts'
import { lockDataDir } from './installation-lock.ts'
import type { Plan, Runnable } from './plan.ts'
import { checkPort } from './port-check.ts'
import { urlOf } from './settings/listen-settings.ts'
import { readSettings, type Settings } from './settings/settings.ts'
import { endOnSignals } from './signals.ts'
import { print } from './terminal.ts'

process.title = 'fairlead supervisor'

/** How long the children of a killed supervisor may take to exit. Milliseconds. */
const ENDING_MS = 10_000

async function main(): Promise<void> {
  let installation: Runnable | null = null
  const stop = stopOnce(() => installation)
  let isEnding = false
  endOnSignals(() => {
    isEnding = true
    stop(0)
  })
  const plan = await readPlan()
  for (const line of secureDataDir(plan.dataDir)) print(line)
  const { release, wasAbandoned } = lockDataDir(plan.dataDir)
  const onExit = contain('stop', release)
  process.on('exit', onExit)
  // The console and the control plane of a killed supervisor may still be exiting.
  installation = await plan.prepare(wasAbandoned ? ENDING_MS : 0, () => {
    isEnding = true
    stop(1)
  })
  running = installation
  try {
    await installation.start()
  } catch (error) {
    // A stop during the start is not a failure.
    if (!isEnding) fail(error)
    return stop(1)
  }
  if (!isEnding) print(plan.readyLine)
}

/** What to run in this data directory. @throws Error in one line, with the first problem of the settings */
async function readPlan(): Promise<Plan> {
  const args = process.argv.slice(2)
  const dataDir = dataDirOf(process.env)
  if (hasJoined(dataDir)) {
    const { planHost } = await import('./host/plan-host.ts')
    return planHost(dataDir, process.env, args)
  }
  return planInstallation(readSettings(process.env, args))
}

function planInstallation(settings: Settings): Plan {
  const { host, consolePort, apiPort, dataDir, roles, hostNetworks } = settings
  const hasConsole = roles.has('console')
  const console = hasConsole ? `console ${urlOf(host, consolePort)} ` : ''
  return {
    dataDir,
    readyLine: `Fairlead is ready: ${console}api ${urlOf(host, apiPort)}`,
    async prepare(waitMs) {
      if (hasConsole) await checkPort(host, consolePort, 'PORT', waitMs)
      await checkPort(host, apiPort, 'FAIRLEAD_API_PORT', waitMs)
      if (!hostNetworks) return new Installation(settings)
      const { LocalHost } = await import('./host/local-host.ts')
      return new Installation(settings, new LocalHost(settings, hostNetworks))
    },
  }
}

/** Stops the installation, if it has started, and this process. Later calls do nothing. */
function stopOnce(installation: () => Runnable | null): (code: number) => void {
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
let running: Runnable | null = null
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
