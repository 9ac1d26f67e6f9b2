// The first script of `npm run join`, as launch.mjs is of `npm start`.
import { handOver, installWhatIsMissing } from './install.mjs'

await installWhatIsMissing()
// Set after the installation: packages stay readable by every user, but not what Fairlead writes.
process.umask(0o077)
handOver('lib/supervisor/join.ts', process.argv.slice(2))
