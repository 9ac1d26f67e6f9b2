import type { Contender } from '../contenders/contender.ts'
import { cpuMicroseconds } from './cpu-time.ts'
import type { Measured, Sample } from './sample.ts'

/** The samples of each, one a round; the same places in the lists were taken one after the other. */
export type Rounds = Map<Contender, Measured[]>

/**
 * Loads one contender after the other, `rounds` times, each round beginning with another one. Before that each is
 * loaded once without counting, so that just-in-time compilers are done and connections are there.
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
