import { runUnderInit } from './run-under-init.ts'

process.umask(0o077)
runUnderInit()
const { join } = await import('./host/join.ts')
await join(process.argv.slice(2))
// From here on it is what `npm start` is on this host.
process.argv.length = 2
await import('./supervise.ts')
