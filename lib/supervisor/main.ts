import { runUnderInit } from './run-under-init.ts'

process.umask(0o077)
// The kernel drops signals that process 1 doesn't handle yet: nothing else is imported before this.
runUnderInit()
await import('./supervise.ts')
