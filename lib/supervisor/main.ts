import { inPlainWords } from '#lib/config/file-problem.ts'
import { secureDataDir } from './data-dir.ts'
import { Installation } from './installation.ts'
import { lockDataDir } from './installation-lock.ts'
import { checkPort } from './port-check.ts'
import { say } from './progress.ts'
import { runUnderInit } from './run-under-init.ts'
import { readSettings, urlOf } from './settings.ts'
import { endOnSignals } from './signals.ts'

process.umask(0o077)
runUnderInit()
process.title = 'fairlead supervisor'

/** How long processes may take to end that notice that their supervisor has gone. */
const ENDING_MS = 10_000

async function main(): Promise<void> {
  let installation: Installation | null = null
  const stop = stopOnce(() => installation)
  endOnSignals(() => void stop(0))
  const settings = readSettings(process.env, process.argv.slice(2))
  const { host, consolePort, apiPort, dataDir } = settings
  for (const line of secureDataDir(dataDir)) say(line)
  const { release, wasAbandoned } = lockDataDir(dataDir)
  process.on('exit', release)
  // The console and the control plane of a supervisor that has gone may be ending still.
  const patienceMs = wasAbandoned ? ENDING_MS : 0
  await checkPort(host, consolePort, 'PORT', patienceMs)
  await checkPort(host, apiPort, 'FAIRLEAD_API_PORT', patienceMs)

  installation = new Installation(settings)
  try {
    await installation.start()
  } catch (error) {
    fail(error)
    return stop(1)
  }
  say(`Fairlead is ready: console ${urlOf(host, consolePort)} api ${urlOf(host, apiPort)}`)
}

/** Ends what there is of the installation and this process, however often it is asked. */
function stopOnce(installation: () => Installation | null): (code: number) => Promise<void> {
  let stopping = false
  return async (code) => {
    if (stopping) return
    stopping = true
    if (code === 0) say('Stopping …')
    await installation()?.stop()
    process.exit(code)
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${inPlainWords(error)}\n`)
}

// One failure must not end what all the others hang on; it is told.
process.on('unhandledRejection', (error) => fail(error))

main().catch((error) => {
  fail(error)
  process.exit(1)
})
