import { ownAddresses } from '#lib/testing/loopback.ts'
import type { Contender, ContenderName, Duty, Place, Wiring } from './contender.ts'
import { startFairlead } from './fairlead.ts'
import { startHaproxy } from './haproxy.ts'
import { startNginxProxy } from './nginx.ts'

const PORT = 8080
const START: Record<ContenderName, (wiring: Wiring) => Promise<Contender>> = {
  fairlead: startFairlead,
  haproxy: startHaproxy,
  nginx: startNginxProxy,
}

/** Starts all proxies that support the duty, each on its own address, and ends them after `use`. */
export async function withContenders<T>(
  duty: Duty,
  servers: Place[],
  use: (contenders: Contender[]) => Promise<T>,
): Promise<T> {
  const names = (Object.keys(START) as ContenderName[]).filter(
    (name) => !((duty.sticky || duty.rules) && name === 'nginx'),
  )
  const addresses = ownAddresses(names.length)
  const contenders: Contender[] = []
  try {
    for (const [index, name] of names.entries()) {
      const address = addresses[index] ?? ''
      contenders.push(await START[name]({ address, port: PORT, duty, servers }))
    }
    return await use(contenders)
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()))
  }
}
