// The first script of `npm start`: plain JavaScript, for whatever Node the machine has.
import { handOver, installWhatIsMissing } from './install.mjs'

await installWhatIsMissing()
// Set after the installation: packages stay readable by every user, but not what Fairlead writes.
process.umask(0o077)
handOver('lib/supervisor/main.ts', process.argv.slice(2))
