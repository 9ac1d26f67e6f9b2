// The first script of `npm test`: plain JavaScript, for whatever Node the machine has.
import { handOver, installWhatIsMissing } from '../lib/supervisor/install.mjs'

await installWhatIsMissing()
handOver('e2e/run-all.ts', process.argv.slice(2))
