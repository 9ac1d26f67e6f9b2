import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { type Api, backendOf } from './api.ts'

/** A load balancer for tests of its pages. It has two frontends (public, raw) and two backends (web, files). */
export type TestLb = {
  lb: Lb
  address: string
  frontend(name: string): Promise<Frontend>
  backend(name: string): Promise<Backend>
  path(tab?: '/frontends' | '/backends' | '/history'): string
  remove(): Promise<void>
}

export async function createTestLb(
  api: Api,
  { name, servers, port }: { name: string; servers: string[]; port: number },
): Promise<TestLb> {
  const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name,
    backends: [
      backendOf(servers, port),
      backendOf(servers.slice(0, 1), port, { name: 'files', forward_protocol: 'tcp' }),
    ],
    frontends: [
      { name: 'public', inbound_port: 8000, backend: 'web' },
      { name: 'raw', inbound_port: 8001, backend: 'files' },
    ],
  })
  await api.waitForStatus(lb.id, 'ready')
  const ruleNamed = <T extends { name: string }>(all: T[], wanted: string): T => {
    const found = all.find((one) => one.name === wanted)
    if (!found) throw new Error(`There is no rule ${wanted}`)
    return found
  }
  return {
    lb,
    address: lb.ip[0]?.ip_address as string,
    frontend: async (wanted) => ruleNamed((await api.children(lb.id)).frontends, wanted),
    backend: async (wanted) => ruleNamed((await api.children(lb.id)).backends, wanted),
    path: (tab) => `/network/load-balancers/${lb.id}${tab ?? ''}`,
    remove: () => api.ok('DELETE', `/lb/v1/regions/fr-par/lbs/${lb.id}?release_ip=true`),
  }
}
