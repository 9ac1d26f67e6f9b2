import type { Region } from '#lib/core/locality.ts'
import { ownNetwork } from '#lib/testing/loopback.ts'
import type { Api } from './api.ts'

const NETWORKS = 5
const AT_ONCE = 8

/** Address pools for more than 1,200 load balancers, for `FAIRLEAD_IP_POOLS`. */
export function largePools(): string {
  const networks = Array.from({ length: NETWORKS }, () => `${ownNetwork()}.0/24`)
  return `fr-par=${networks.join('+')},nl-ams=${ownNetwork()}.0/24`
}

/** Creates `count` load balancers without rules, `NAME-0001` and on, every tenth in Amsterdam while it has addresses. */
export async function createMany(api: Api, name: string, count: number): Promise<void> {
  let next = 1
  const worker = async () => {
    while (next <= count) {
      const number = next++
      const region: Region = number % 10 === 0 ? 'nl-ams' : 'fr-par'
      await api.ok('POST', `/lb/v1/regions/${region}/lbs`, {
        name: `${name}-${String(number).padStart(4, '0')}`,
        tags: number % 100 === 0 ? ['hundredth'] : [],
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
