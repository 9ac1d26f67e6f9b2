// The first script of `npm test`. Plain JavaScript, because the machine may have an older Node.
import { handOver, installWhatIsMissing } from '../lib/supervisor/install.mjs'

await installWhatIsMissing()
handOver('e2e/run-all.ts', process.argv.slice(2))
