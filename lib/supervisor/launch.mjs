// The first script of `npm start`: plain JavaScript, for whatever Node the machine has.
import { handOver, installWhatIsMissing } from './install.mjs'

installWhatIsMissing()
handOver('lib/supervisor/main.ts', process.argv.slice(2))
