import fc from 'fast-check'
import { get } from './case.ts'
import { mutated, pieces } from './mutations.ts'
import { type Place, tell } from './raw-client.ts'
import { parsersAgree } from './run-request-case.ts'
import type { NotingServer } from './scripted-server.ts'

const END = '/end'
const LAST = get('Connection: close\r\n', END)

/** How many were tried, and what is wrong: the shortest bytes that show it, and the seed; null for nothing. */
export type Fuzzed = { tried: number; failure: string | null }

/** Sends mutated requests through a proxy, with the noting server behind it, for so many milliseconds. */
export async function fuzz(proxy: Place, server: NotingServer, ms: number): Promise<Fuzzed> {
  const property = fc.asyncProperty(mutated, pieces, async (bytes, piece) => {
    server.take()
    const told = await tell(proxy, bytes + LAST, piece, true)
    const got = server.take()
    if (told.hung) throw new Error('neither answered nor closed')
    // Node's parser knows a list of methods; HTTP has no such list, and so there is nothing to compare with.
    if (got.refused.some(({ code }) => code === 'HPE_INVALID_METHOD')) return
    if (!parsersAgree(got)) {
      const bytes = got.received.map((one) => one.toString('latin1'))
      throw new Error(`parsers disagree: ${JSON.stringify({ bytes, ...got, received: null })}`)
    }
    const refused = told.statuses.some((status) => status >= 400 && status < 500)
    const ended = got.seen.some(({ target }) => target === END)
    if (refused && ended && told.statuses.at(-1) === 200) {
      throw new Error('a request behind a refused one was answered')
    }
  })
  const result = await fc.check(property, {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: ms,
    markInterruptAsFailure: false,
  })
  if (!result.failed) return { tried: result.numRuns, failure: null }
  const { seed, counterexample, errorInstance } = result
  const words = `${String(errorInstance)}\nseed ${seed}\n${JSON.stringify(counterexample)}`
  return { tried: result.numRuns, failure: words }
}
