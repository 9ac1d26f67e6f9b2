import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import { ADMIN, ClusterLab } from '#lib/testing/cluster/cluster-lab.ts'
import type { ControlPlaneHost } from '#lib/testing/cluster/control-plane-host.ts'
import { relay } from '#lib/testing/cluster/relay.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import { ip, whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { nginxConfig } from '#lib/testing/programs/nginx.ts'
import { missingPrograms, requireProgram } from '#lib/testing/programs/programs.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api } from '../support/api.ts'
import { browserOptions } from '../support/browser.ts'
import { documentedBlocks, scriptOf } from './documented-commands.ts'
import { addressOf } from './lb-of.ts'

const problem =
  whyNoNamespaces() ?? missingPrograms('postgres', 'nginx', 'curl', 'chromium-headless-shell')
if (problem) console.log(`The test of the balanced console is skipped: ${problem}.`)

const SECTION = ['several-control-planes', '## Balance the console'] as const
const NAME = 'console.example.com'
const LIST = '/network/load-balancers'

describe.skipIf(problem)('the console behind a load balancer, as documented', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-balanced-'))
  let lab: ClusterLab
  let browser: Browser
  let origin: string
  let shop: Lb

  beforeAll(async () => {
    const names = [1, 2, 3].map((number) => `cp-${number}.example.com`)
    const env = {
      FAIRLEAD_PUBLIC_URL: `https://${NAME}`,
      FAIRLEAD_ALLOWED_HOSTS: names.join(),
      FAIRLEAD_TRUSTED_PROXIES: '127.0.0.1',
    }
    const database = { controlPlanes: 3, database: 'postgres' } as const
    lab = await ClusterLab.start({ hosts: 2, console: true, ...database, env })
    const certificate = makeCertificate({ names: [NAME, ...names].map((n) => `DNS:${n}`).join() })
    await Promise.all(lab.controlPlanes.map((one) => startProxy(one, certificate)))
    const api = new Api(lab)
    const address = addressOf(await api.waitForStatus(createBalancer(), 'ready'))
    shop = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', { name: 'shop' })
    const port = await freePort()
    await relay(lab.client, new Map([[port, { host: address, port: 443 }]]))
    origin = `https://${NAME}:${port}`
    const { args = [], ...options } = browserOptions()
    const resolve = '--host-resolver-rules=MAP *.example.com 127.0.0.1'
    browser = await chromium.launch({ ...options, args: [...args, resolve] })
  })
  afterAll(async () => {
    await browser?.close()
    lab?.remove()
    rmSync(directory, { recursive: true })
  })

  /** Starts the documented nginx on a control plane's machine. */
  async function startProxy(
    { name, host, ports }: ControlPlaneHost,
    { certificate, key }: { certificate: string; key: string },
  ): Promise<void> {
    const [block = ''] = documentedBlocks(...SECTION, 'nginx')
    const [certificateFile, keyFile, file] = ['pem', 'key', 'conf'].map((ending) =>
      join(directory, `${name}.${ending}`),
    ) as [string, string, string]
    writeFileSync(certificateFile, certificate)
    writeFileSync(keyFile, key)
    const server = block
      .replace('/etc/ssl/console.example.com.pem', certificateFile)
      .replace('/etc/ssl/console.example.com.key', keyFile)
      .replace('127.0.0.1:3000', `127.0.0.1:${ports.console}`)
    const own = mkdtempSync(join(directory, 'nginx-'))
    writeFileSync(file, nginxConfig(server, own))
    const nginx = new MachineProcess(host.machine, [requireProgram('nginx'), '-c', file])
    await waitFor(`nginx on ${name}`, () => {
      if (nginx.hasEnded) throw new Error(nginx.errors)
      return connectionsTo(host.namespace, 443, 'listening').length > 0
    })
  }

  /** Runs the documented command on the first machine. @returns the load balancer's ID */
  function createBalancer(): string {
    const [command = ''] = documentedBlocks(...SECTION)
    const { host, ports, secretKey } = lab.controlPlanes[0] as ControlPlaneHost
    const script = scriptOf(
      command,
      [':3001', `:${ports.api}`],
      ['$SCW_SECRET_KEY', secretKey],
      // The certificate is the test's own.
      ['"forward_protocol"', '"ignore_ssl_server_verify": true, "forward_protocol"'],
    )
    const output = ip('netns', 'exec', host.namespace, 'sh', '-c', script)
    const { id } = JSON.parse(output) as { id?: string }
    if (!id) throw new Error(output)
    return id
  }

  async function logIn(baseURL: string): Promise<Page> {
    const context = await browser.newContext({ baseURL, ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await page.goto('/login')
    await page.getByLabel('Email').fill(ADMIN.email)
    await page.getByLabel('Password').fill(ADMIN.password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.waitForURL((url) => url.pathname.startsWith(LIST))
    return page
  }

  test('a page goes on when the machine that serves it dies', async () => {
    const page = await logIn(origin)
    const follows = page.waitForResponse((response) => response.url().includes('/events'))
    await page.goto(LIST)
    await follows
    const address = await page.evaluate(async () => {
      const { sessions } = await (await fetch('/api/fairlead/v1/sessions')).json()
      return sessions.find(({ current }: { current: boolean }) => current)?.address
    })
    expect(address).toBe(lab.client.address)

    const counts = lab.controlPlanes.map((one) => {
      const connections = connectionsTo(one.host.namespace, 8443, 'established')
      return { one, count: connections.length }
    })
    const [serving] = counts.toSorted((a, b) => b.count - a.count)
    expect(serving?.count).toBeGreaterThan(0)
    const again = page.waitForResponse((response) => response.url().includes('/events'))
    const startedAt = performance.now()
    serving?.one.host.die()
    await again
    const [other] = lab.controlPlanes.filter((one) => one !== serving?.one)
    const path = `/lb/v1/regions/fr-par/lbs/${shop.id}`
    await new Api(other as ControlPlaneHost).ok('PUT', path, { name: 'renamed' })
    await page.getByText('renamed').first().waitFor()
    const ms = performance.now() - startedAt
    console.log(
      `the console's machine dies: the page shows the next change after ${ms.toFixed(0)} ms`,
    )

    await page.goto(`${LIST}/nodes`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`${LIST}/nodes`)
    await page.context().close()
  })

  test('each console is reachable without the load balancer', async () => {
    const one = lab.controlPlanes.find(({ host }) => host.isRunning) as ControlPlaneHost
    const port = await freePort()
    await relay(lab.client, new Map([[port, { host: one.host.address, port: 443 }]]))
    const page = await logIn(`https://${one.name}.example.com:${port}`)
    await page.getByText('renamed').first().waitFor()
    expect(new URL(page.url()).hostname).toBe(`${one.name}.example.com`)
    await page.context().close()
  })
})

/** The TCP sockets of a machine at one of its ports, a line each. */
function connectionsTo(namespace: string, port: number, state: 'established' | 'listening') {
  const filter = ['state', state, `( sport = :${port} )`]
  return ip('netns', 'exec', namespace, 'ss', '-Htn', ...filter)
    .split('\n')
    .filter(Boolean)
}
