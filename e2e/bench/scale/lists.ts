import { text } from 'node:stream/consumers'
import { REGION } from './edits.ts'
import { type Latencies, latenciesOf } from './latencies.ts'
import type { MeasuredControlPlane } from './measured-control-plane.ts'

const CONSOLE = '/fairlead/v1/lbs'
const ROUNDS = 10

/** Pages that clients and the console ask for, of `count` load balancers. */
function pages(count: number): [name: string, path: string][] {
  const lbs = `${REGION}/lbs`
  const size = 50
  const middle = Math.ceil(count / size / 2)
  const last = Math.ceil(count / size)
  const api = (query: string) => `${lbs}?page_size=${size}&${query}`
  const overview = (query: string) => `${CONSOLE}?page_size=${size}&${query}`
  const some = `shop ${Math.floor(count / 2)}`
  return [
    ['API, first page', api('page=1')],
    ['API, middle page', api(`page=${middle}`)],
    ['API, last page', api(`page=${last}`)],
    ['API, newest first', api('order_by=created_at_desc')],
    ['API, by name, middle page', api(`order_by=name_asc&page=${middle}`)],
    ['API, one name', api(`name=${encodeURIComponent(some)}`)],
    ['API, a name that all have', api('name=shop')],
    ['API, a tag', api('tags=team-7')],
    ['API, IPs, middle page', `${REGION}/ips?page_size=${size}&page=${middle}`],
    ['console, first page', overview('page=1')],
    ['console, by name, first page', overview('order_by=name_asc')],
    ['console, by name, last page', overview(`order_by=name_asc&page=${last}`)],
    ['console, by region', overview('order_by=region_asc')],
    ['console, newest first', overview('order_by=created_at_desc')],
    ['console, search for one', overview(`search=${encodeURIComponent(some)}`)],
    ['console, search that all match', overview('search=shop')],
    ['console, a tag', overview('tags=team-7')],
    ['console, command palette', `/fairlead/v1/search?q=${encodeURIComponent(some)}`],
    ['console, nodes', '/fairlead/v1/nodes'],
  ]
}

/** How long each page takes. */
export async function measureLists(
  controlPlane: MeasuredControlPlane,
  count: number,
): Promise<{ name: string; latencies: Latencies }[]> {
  const measured: { name: string; latencies: Latencies }[] = []
  for (const [name, path] of pages(count)) {
    const ms: number[] = []
    for (let round = 0; round <= ROUNDS; round += 1) {
      const startedAt = performance.now()
      const response = await controlPlane.open('GET', path)
      const body = await text(response)
      if (response.statusCode !== 200)
        throw new Error(`GET ${path}: ${response.statusCode} ${body}`)
      // The first one warms up.
      if (round > 0) ms.push(performance.now() - startedAt)
    }
    measured.push({ name, latencies: latenciesOf(ms) })
  }
  return measured
}
