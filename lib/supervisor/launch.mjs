// The first script of `npm start`: plain JavaScript, because the machine may have any version of Node.
import { handOver, installWhatIsMissing } from './install.mjs'

await installWhatIsMissing()
// Set after the installation: packages stay readable by every user, but not what Fairlead writes.
process.umask(0o077)
handOver('lib/supervisor/main.ts', process.argv.slice(2))
