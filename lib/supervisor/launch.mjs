// The first script of `npm start`: plain JavaScript, for whatever Node the machine has.
import { handOver, installWhatIsMissing } from './install.mjs'

await installWhatIsMissing()
// What is installed may be read by every user; what Fairlead writes from here on may not.
process.umask(0o077)
handOver('lib/supervisor/main.ts', process.argv.slice(2))
