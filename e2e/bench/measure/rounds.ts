import type { Contender } from '../contenders/contender.ts'
import { cpuMicroseconds } from './cpu-time.ts'
import type { Measured, Sample } from './sample.ts'

/** The samples of each proxy, one per round. Samples with the same index belong to the same round. */
export type Rounds = Map<Contender, Measured[]>

/**
 * Loads the proxies one after the other, `rounds` times, each round starting with another one. A warm-up before that is not
 * counted: it lets JIT compilers finish and opens connections.
 */
export async function takeRounds(
  contenders: Contender[],
  rounds: number,
  load: (contender: Contender) => Promise<Sample>,
): Promise<Rounds> {
  const taken: Rounds = new Map(contenders.map((contender) => [contender, []]))
  for (const contender of contenders) await load(contender)
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of contenders.keys()) {
      const contender = contenders[(round + turn) % contenders.length] as Contender
      const before = cpuMicroseconds(contender.pids())
      const sample = await load(contender)
      const used = cpuMicroseconds(contender.pids()) - before
      taken.get(contender)?.push({ ...sample, cpuMicroseconds: used })
    }
  }
  return taken
}
