/** The most compressed JavaScript, in bytes, that each kind of page may load initially. */
export const SCRIPT_BUDGETS = {
  login: 180_000,
  list: 250_000,
  loadBalancer: 280_000,
  create: 280_000,
} as const
export type PageKind = keyof typeof SCRIPT_BUDGETS

/** The measured pages and their budgets. @param own the path of a load balancer */
export function weighedPages(own: string): Record<string, { path: string; kind: PageKind }> {
  return {
    list: { path: '/network/load-balancers', kind: 'list' },
    'IP addresses': { path: '/network/ip-addresses', kind: 'list' },
    create: { path: '/network/load-balancers/create', kind: 'create' },
    subscribers: { path: '/network/subscribers', kind: 'list' },
    'API tokens': { path: '/account/api-tokens', kind: 'list' },
    'API reference': { path: '/docs/api', kind: 'list' },
    documentation: { path: '/docs/settings', kind: 'list' },
    nodes: { path: '/network/load-balancers/nodes', kind: 'list' },
    overview: { path: own, kind: 'loadBalancer' },
    frontends: { path: `${own}/frontends`, kind: 'loadBalancer' },
    backends: { path: `${own}/backends`, kind: 'loadBalancer' },
    certificates: { path: `${own}/certificates`, kind: 'loadBalancer' },
    'private networks': { path: `${own}/private-networks`, kind: 'loadBalancer' },
    history: { path: `${own}/history`, kind: 'loadBalancer' },
  }
}
