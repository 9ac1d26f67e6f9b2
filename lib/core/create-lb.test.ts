import { describe, expect, test } from 'vitest'
import { CreateLb } from './create-lb.ts'

const backend = (name: string, protocol = 'http') => ({
  name,
  forward_protocol: protocol,
  forward_port: 80,
  health_check: { port: 80, check_max_retries: 3 },
  server_ip: ['10.0.0.4'],
})
const frontend = (name: string, inbound_port: number, backendName: string, more = {}) => ({
  name,
  inbound_port,
  backend: backendName,
  ...more,
})

/** The wrong fields of a request, with their messages. */
function problems(request: object): [string, string][] {
  const issues = CreateLb.safeParse({ name: 'site', ...request }).error?.issues ?? []
  return issues.map(({ path, message }) => [path.join('.'), message])
}

describe('POST lbs', () => {
  test('the least that is asked takes the defaults of the real API', () => {
    expect(CreateLb.parse({ name: 'site', tags: null, description: null })).toMatchObject({
      name: 'site',
      description: '',
      tags: [],
      type: 'lb-s',
      ssl_compatibility_level: 'ssl_compatibility_level_intermediate',
      backends: [],
      frontends: [],
    })
  })

  test('a type in capitals is taken', () => {
    expect(CreateLb.parse({ name: 'site', type: 'LB-GP-M' }).type).toBe('lb-gp-m')
  })

  test.each([
    ['no name', { name: '' }, 'name', 'Load balancer name is required.'],
    [
      'an unknown backend',
      { backends: [backend('web')], frontends: [frontend('http', 80, 'app')] },
      'frontends.0.backend',
      'There is no backend named "app".',
    ],
    [
      'a protocol that differs from the backend’s',
      {
        backends: [backend('web', 'tcp')],
        frontends: [frontend('http', 80, 'web', { protocol: 'http' })],
      },
      'frontends.0.protocol',
      'Backend "web" speaks TCP. A frontend speaks the protocol of its backend.',
    ],
    [
      'a port used twice',
      {
        backends: [backend('web')],
        frontends: [frontend('one', 80, 'web'), frontend('two', 80, 'web')],
      },
      'frontends.1.inbound_port',
      'Port 80 is already used by frontend "one".',
    ],
    [
      'two backends of one name',
      { backends: [backend('web'), backend('web')] },
      'backends.1.name',
      'Two backends are named "web". Names must be unique in this request.',
    ],
    [
      'a cookie in TCP mode',
      {
        backends: [
          {
            ...backend('web', 'tcp'),
            sticky_sessions: 'cookie',
            sticky_sessions_cookie_name: 'SERVER',
          },
        ],
      },
      'backends.0.sticky_sessions',
      'Sticky sessions by cookie need protocol HTTP. With TCP, use table.',
    ],
    [
      'an IPv6 address for itself',
      { assign_flexible_ipv6: true },
      'assign_flexible_ipv6',
      'The highly available IP is IPv4 only. Servers may have IPv6 addresses.',
    ],
  ])('%s is refused at its field', (_, request, field, message) => {
    expect(problems(request)).toEqual([[field, message]])
  })

  test('two addresses are refused', () => {
    const ids = ['0d2bbb78-0687-4cca-93f4-694db9155362', '1d2bbb78-0687-4cca-93f4-694db9155362']
    expect(problems({ ip_ids: ids })).toEqual([
      ['ip_ids', 'A load balancer has one highly available IP.'],
    ])
    expect(problems({ ip_id: ids[0], ip_ids: [] })).toEqual([])
  })
})
