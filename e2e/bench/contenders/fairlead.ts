import { join } from 'node:path'
import { type Contender, startListening, type Wiring } from './contender.ts'

const PROGRAM = join(import.meta.dirname, 'fairlead-process.ts')

/** The proxy runtime in its own process, as on a node. */
export async function startFairlead(wiring: Wiring): Promise<Contender> {
  const running = await startListening(wiring, () => [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    PROGRAM,
    JSON.stringify(wiring),
  ])
  return { ...running, name: 'fairlead', workers: wiring.duty.workers }
}
