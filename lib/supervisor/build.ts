import { buildConsole } from './console-build.ts'
import { endOnSignals } from './signals.ts'

process.umask(0o077)
endOnSignals(() => process.exit(1))

// `npm run build`: builds the console before the first start, which would build it otherwise.
await buildConsole().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
