import { Installation } from './installation.ts'
import { lockDataDir } from './installation-lock.ts'
import { checkPort } from './port-check.ts'
import { say } from './progress.ts'
import { readSettings, urlOf } from './settings.ts'

process.title = 'fairlead supervisor'

async function main(): Promise<void> {
  const settings = readSettings(process.env, process.argv.slice(2))
  const { host, consolePort, apiPort, dataDir } = settings
  const unlock = lockDataDir(dataDir)
  process.on('exit', unlock)
  await checkPort(host, consolePort, 'PORT')
  await checkPort(host, apiPort, 'FAIRLEAD_API_PORT')

  const installation = new Installation(settings)
  const stop = stopOnce(installation)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0))
  try {
    await installation.start()
  } catch (error) {
    fail(error)
    return stop(1)
  }
  say(`Fairlead is ready: console ${urlOf(host, consolePort)} api ${urlOf(host, apiPort)}`)
}

/** Ends the installation and this process, however often it is asked. */
function stopOnce(installation: Installation): (code: number) => Promise<void> {
  let stopping = false
  return async (code) => {
    if (stopping) return
    stopping = true
    if (code === 0) say('Stopping …')
    await installation.stop()
    process.exit(code)
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
}

main().catch((error) => {
  fail(error)
  process.exit(1)
})
