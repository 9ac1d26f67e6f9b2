import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { differences, type Names } from '../support/match-recorded.ts'
import { type Exchange, readRecordings } from '../support/recorded-traffic.ts'

const START_MS = 60_000

const recordings = readRecordings()

// Recordings are not part of the project. Without them, the tests are skipped.
describe.skipIf(recordings.length === 0)('the recorded responses of the real API', () => {
  let installation: Installation
  let api: Api

  beforeAll(async () => {
    installation = await startInstallation()
    api = new Api(installation)
    await startNodes(api)
  })
  afterAll(() => installation?.remove())

  test.each(recordings)('$name', async ({ exchanges }) => {
    const replay = new Replay(api)
    const wrong: string[] = []
    for (const exchange of exchanges) wrong.push(...(await replay.play(exchange)))
    console.log(`${exchanges.length} calls, ${wrong.length} differences`)
    expect(wrong).toEqual([])
  })
})

/** The first load balancer of a region starts its nodes, unlike in the real API. */
async function startNodes(api: Api): Promise<void> {
  for (const region of ['fr-par', 'nl-ams']) {
    const { id } = await api.ok<Lb>('POST', `/lb/v1/regions/${region}/lbs`, { name: 'first' })
    const isReady = async () => (await api.lb(id, region)).status === 'ready'
    await waitFor(`${region} is ready`, isReady, START_MS)
    await api.ok('DELETE', `/lb/v1/regions/${region}/lbs/${id}?release_ip=true`)
  }
}

const PATH_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/

/** Makes the calls of a recording, with our IDs instead of its own. */
class Replay {
  readonly #api: Api
  readonly #names: Names = new Map()
  /** Replaces the servers of the recording, which are on the internet. */
  readonly #servers = ownAddresses(8)

  constructor(api: Api) {
    this.#api = api
  }

  async play({ method, target, request, status, response }: Exchange): Promise<string[]> {
    const call = `${method} ${target}`
    const path = target.replaceAll(PATH_ID, (id) => this.#names.get(id) ?? id)
    const answer = await this.#api.call(method, path, this.#ours(request, ''))
    // Here a load balancer is deleted before the response.
    const isGone =
      answer.status === 404 && (response as Partial<Lb> | undefined)?.status === 'to_delete'
    if (isGone) return []
    if (answer.status !== status) {
      return [`${call}: ${status} is ${answer.status} here, ${JSON.stringify(answer.body)}`]
    }
    const found = differences(response, answer.body, this.#names)
    return found.map((difference) => `${call}${difference}`)
  }

  #ours(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#ours(one, key))
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, this.#ours(inner, name)]),
      )
    }
    if (typeof value !== 'string') return value
    if (key === 'server_ip' && IPV4.test(value)) return this.#server(value)
    return this.#names.get(value) ?? value
  }

  #server(address: string): string {
    const own = this.#names.get(address) ?? this.#servers.shift() ?? address
    this.#names.set(address, own)
    return own
  }
}
