import { buildConsole } from './console-build.ts'

// `npm run build`: what the first start would do, for those who install before they start.
await buildConsole().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
