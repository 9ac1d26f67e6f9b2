import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { problemTexts } from '#lib/core/problem.ts'
import { ownAddresses, ownNetwork } from '#lib/testing/loopback.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'

const REGION = '/lb/v1/regions/fr-par'
const PORT = 8180
const [SERVER = ''] = ownAddresses(1)
/** 18 steps per character. */
const patterns = (count: number, of = 0) =>
  Array.from({ length: count }, (_, at) => `a.{100}b.{80}c${of}x${at}`)
const acl = (at: number, values: string[]) => ({
  name: `a${at}`,
  index: at,
  action: { type: 'deny' },
  match: { http_filter: 'regex', http_filter_value: values },
})

/** A path of the maximum length with pseudo-random letters. */
function worstPath(): string {
  return `/${Array.from({ length: 8000 }, () => (Math.random() < 0.5 ? 'a' : 'b')).join('')}`
}

/** Sends requests on one connection, and counts how often it was closed. */
class Victim {
  cuts = 0
  answers = 0
  #running = true
  #socket: Socket

  constructor(address: string) {
    this.#socket = this.#open(address)
  }

  stop(): void {
    this.#running = false
    this.#socket.destroy()
  }

  #open(address: string): Socket {
    const socket = connect(PORT, address)
    const ask = () => socket.write('GET / HTTP/1.1\r\nHost: victim\r\n\r\n')
    socket.on('connect', ask)
    socket.on('data', () => {
      this.answers += 1
      if (this.#running) ask()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!this.#running) return
      this.cuts += 1
      this.#socket = this.#open(address)
    })
    return socket
  }
}

describe('rules that are expensive to match', () => {
  const env = {
    FAIRLEAD_IP_POOLS: `fr-par=${ownNetwork()}.0/24,nl-ams=${ownNetwork()}.0/24`,
    // On a busy machine a node may miss heartbeats for other reasons.
    FAIRLEAD_HUNG_AFTER_MS: '2000',
  }
  const web = createServer((_, response) => response.end('served'))
  let installation: Installation
  let api: Api
  let mine: { lb: Lb; frontend: Frontend; address: string }
  let victim: Victim

  const pids = () =>
    installation
      .processes()
      .filter(({ title }) => title.startsWith('fairlead node '))
      .map(({ title, pid }) => `${title} ${pid}`)
      .toSorted()

  async function create(name: string) {
    const lb = await api.ok<Lb>('POST', `${REGION}/lbs`, {
      name,
      backends: [backendOf([SERVER], (web.address() as AddressInfo).port)],
      frontends: [{ name: 'site', inbound_port: PORT, backend: 'web' }],
    })
    const path = `${REGION}/lbs/${lb.id}/frontends`
    const { frontends } = await api.ok<{ frontends: Frontend[] }>('GET', path)
    await api.waitForStatus(lb.id, 'ready')
    await api.waitForApplied(lb.id)
    return { lb, frontend: frontends[0] as Frontend, address: lb.ip[0]?.ip_address ?? '' }
  }

  async function ask(path: string): Promise<number> {
    const asked = request({ host: mine.address, port: PORT, path, agent: false }).end()
    const [response] = await once(asked, 'response')
    response.resume()
    await once(response, 'end')
    return response.statusCode
  }

  beforeAll(async () => {
    await once(web.listen(0, SERVER), 'listening')
    installation = await startInstallation({ env })
    api = new Api(installation)
    const other = await create('other')
    mine = await create('mine')
    victim = new Victim(other.address)
    await waitFor('the other load balancer answers', () => victim.answers > 0)
  }, 180_000)

  afterAll(async () => {
    victim?.stop()
    await installation?.remove()
    web.closeAllConnections()
    web.close()
  })

  const set = (acls: object[]) =>
    api.call<object>('PUT', `${REGION}/frontends/${mine.frontend.id}/acls`, { acls })

  test('are refused beyond the limits', async () => {
    const before = pids()
    const acls = Array.from({ length: 100 }, (_, at) => acl(at, patterns(100, at)))
    const { status, body } = await set(acls)
    expect(status).toBe(400)
    expect(JSON.stringify(body)).toContain('10000 regular expressions together. The limit is 500.')
    expect([pids(), victim.cuts]).toEqual([before, 0])
  })

  test('don’t hang a node within the limits, whatever clients send', async () => {
    const before = pids()
    expect((await set([acl(0, patterns(100)), acl(1, patterns(8))])).status).toBe(200)
    await api.waitForApplied(mine.lb.id)
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const statuses: number[] = []
        for (let asked = 0; asked < 10; asked += 1) statuses.push(await ask(worstPath()))
        return statuses
      }),
    )
    expect(new Set(answers.flat())).toEqual(new Set([200]))
    expect(await ask(`/a${'.'.repeat(100)}b${'.'.repeat(80)}c0x7`)).toBe(403)
    expect([pids(), victim.cuts]).toEqual([before, 0])
  })

  test('from an older database are cut off, and are a problem', async () => {
    victim.stop()
    const { dataDir, apiUrl, consoleUrl, secretKey } = installation
    await installation.stop()
    const database = new DatabaseSync(join(dataDir, 'fairlead.db'))
    const rows = database
      .prepare('select id, match from acls where frontend_id = ?')
      .all(mine.frontend.id) as { id: string; match: string }[]
    for (const [at, { id, match }] of rows.entries()) {
      const heavy = { ...JSON.parse(match), http_filter_value: patterns(90, at) }
      database.prepare('update acls set match = ? where id = ?').run(JSON.stringify(heavy), id)
    }
    database
      .prepare('update lbs set generation = generation + 1, revision = ? where id = ?')
      .run(randomUUID(), mine.lb.id)
    database.close()
    const same = {
      PORT: new URL(consoleUrl).port,
      FAIRLEAD_API_PORT: new URL(apiUrl).port,
      FAIRLEAD_SECRET_KEY: secretKey,
    }
    installation = {
      ...(await startInstallation({ env: { ...env, ...same }, dataDir })),
      secretKey,
    }
    api = new Api(installation)
    await api.waitForApplied(mine.lb.id)
    const before = pids()
    expect(await ask('/short')).toBe(200)
    for (let asked = 0; asked < 10; asked += 1) expect(await ask(worstPath())).toBe(403)
    const { problems } = await api.observed(mine.lb.id)
    expect(problemTexts(problems)).toEqual([
      expect.stringContaining('take 3256 steps per character. The limit is 2000'),
    ])
    expect(pids()).toEqual(before)
  }, 180_000)
})
