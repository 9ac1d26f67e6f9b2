import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { ownAddresses, ownNetwork } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { POSTGRES_USER, startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { launch, stopGroup } from '../support/installation.ts'

const PORT = 8187
const READY = /^Fairlead is ready/m
const LBS = '/lb/v1/regions/fr-par/lbs'

describe.skipIf(missingPrograms('postgres'))('a machine boots while PostgreSQL is away', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-'))
  let database: ServerProgram
  let server: WebServer
  let env: Record<string, string>
  let running: ChildProcess | null = null
  let url: string

  const start = async () => {
    const launched = await launch({ dataDir, env })
    running = launched.child
    return launched
  }

  beforeAll(async () => {
    const [address = '', databaseAddress = ''] = ownAddresses(2)
    server = await startNginx('web', address, PORT)
    database = await startPostgres(databaseAddress, await freePort())
    env = {
      FAIRLEAD_ROLES: 'control-plane,node',
      FAIRLEAD_IP_POOLS: `fr-par=${ownNetwork()}.0/24`,
      FAIRLEAD_DATABASE_URL: `postgres://${POSTGRES_USER}@${databaseAddress}:${database.port}/postgres?sslmode=disable`,
    }
    const first = await start()
    await waitFor('it is ready', () => READY.exec(first.output()))
    const apiUrl = `http://127.0.0.1:${first.env.FAIRLEAD_API_PORT}`
    const api = new Api({ apiUrl, secretKey: first.secretKey })
    const { id } = await api.ok<Lb>('POST', LBS, {
      name: 'shop',
      backends: [backendOf([address], PORT)],
      frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
    })
    const lb = await api.waitForStatus(id, 'ready')
    url = `http://${lb.ip[0]?.ip_address}:8000/`
    await waitFor('it serves', async () => (await fetch(url)).ok)
    await stopGroup(first.child)
    await database.kill()
  })

  afterAll(async () => {
    if (running) await stopGroup(running)
    await database?.remove()
    await server?.remove()
    rmSync(dataDir, { recursive: true, force: true })
  })

  test('its nodes serve, and the control plane is ready once the database answers', async () => {
    const { child, output } = await start()
    const said = /did not|can't be reached|refused/
    await waitFor('the terminal says why', () => said.exec(output()))
    await waitFor('it serves', async () => (await fetch(url).catch(() => null))?.ok)
    expect(child.exitCode).toBe(null)
    expect(output()).toContain('The nodes serve their last good configurations meanwhile.')
    await database.start()
    await waitFor('it is ready', () => READY.exec(output()))
    expect((await fetch(url)).status).toBe(200)
  })
})
