import { afterAll, beforeAll, describe } from 'vitest'
import { ownAddresses } from '../loopback.ts'
import { missingPrograms, type Program } from './programs.ts'
import type { ServerProgram } from './server-program.ts'

/**
 * Tests that share one real server. They are skipped if the machine lacks it.
 * @param start starts the server on an address of this test
 */
export function describeWith(
  programs: Program[],
  name: string,
  start: (address: string) => Promise<ServerProgram>,
  tests: (server: () => ServerProgram) => void,
): void {
  const missing = missingPrograms(...programs)
  describe.skipIf(missing)(missing ? `${name} (${missing})` : name, () => {
    let running: ServerProgram | null = null
    const [address = ''] = ownAddresses(1)
    beforeAll(async () => {
      running = await start(address)
    })
    afterAll(() => running?.remove())
    tests(() => {
      if (!running) throw new Error(`${name} did not start`)
      return running
    })
  })
}
