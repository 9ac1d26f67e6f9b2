import { expect, test } from 'vitest'
import { readUrlState } from '#components/ui/url-state.ts'
import type { Ip } from '#lib/core/ip.ts'
import { IP_LIST_PARAMETERS, shownIps } from './ip-query.ts'

const ipOf = (ip_address: string, lb_id: string | null, region = 'fr-par') =>
  ({ id: ip_address, ip_address, lb_id, region }) as Ip

const IPS = [
  ipOf('127.0.0.1', 'b'),
  ipOf('127.0.0.2', null),
  ipOf('127.0.0.10', 'a', 'nl-ams'),
  ipOf('127.0.0.11', 'unknown'),
]
const NAMES = new Map([
  ['a', 'Shop'],
  ['b', 'blog'],
])

test.each([
  [{}, [1, 2, 10, 11]],
  [{ order: 'address_desc' }, [11, 10, 2, 1]],
  [{ order: 'lb_asc' }, [1, 10, 11, 2]],
  [{ order: 'lb_desc' }, [11, 10, 1, 2]],
  [{ state: 'conserved' }, [2]],
  [{ state: 'attached', region: 'fr-par' }, [1, 11]],
  [{ search: '0.1' }, [1, 10, 11]],
  [{ search: 'SHOP' }, [10]],
  [{ search: 'nothing' }, []],
] as const)('%j', (query, last) => {
  const shown = shownIps(IPS, { ...readUrlState(IP_LIST_PARAMETERS, {}), ...query }, NAMES)
  expect(shown.map(({ ip_address }) => Number(ip_address.split('.')[3]))).toEqual(last)
})
