import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DEFAULT_RETENTION } from '#lib/control-plane/audit/retention.ts'
import { urlOf } from './listen-settings.ts'
import { readSettings } from './settings.ts'

const UUID = '11111111-2222-4333-8444-555555555555'

describe('settings', () => {
  test('an empty environment takes the documented defaults', () => {
    const pools = {
      'fr-par': {
        text: '127.51.0.0/24',
        ranges: [{ first: 0x7f330001, last: 0x7f3300fe }],
        networks: [],
      },
      'nl-ams': {
        text: '127.31.0.0/24',
        ranges: [{ first: 0x7f1f0001, last: 0x7f1f00fe }],
        networks: [],
      },
    }
    const egress = {
      ownPorts: [3001, 3000],
      loopback: true,
      pools: Object.values(pools).map(({ ranges }) => ({ ranges })),
    }
    const dataDir = resolve('.fairlead')
    const listen = { host: '127.0.0.1', trustedProxies: [], publicOrigin: null, allowedHosts: [] }
    expect(readSettings({ PORT: '' }, [])).toEqual({
      host: '127.0.0.1',
      consolePort: 3000,
      apiPort: 3001,
      dataDir,
      publicOrigin: null,
      demo: false,
      roles: new Set(['control-plane', 'console', 'node']),
      hostNetworks: null,
      nodes: {
        workers: 1,
        hungAfterMs: 400,
        failbackMs: null,
        shared: { apiUrls: ['http://127.0.0.1:3001'], dataDir, heartbeatMs: 50, egress },
      },
      controlPlane: {
        ...listen,
        port: 3001,
        databaseFile: resolve('.fairlead', 'fairlead.db'),
        database: null,
        keyFile: resolve('.fairlead', 'secrets.key'),
        pools,
        admin: null,
        credentials: null,
        requestRate: { perSecond: 500, burst: 5000 },
        replaceBackupAfterMs: 300_000,
        failbackMs: null,
        nodeAddress: null,
        smtp: null,
        egress: { ...egress, webhookNetworks: null },
        audit: { retention: DEFAULT_RETENTION, syslog: null },
      },
      console: { ...listen, port: 3000, apiUrl: 'http://127.0.0.1:3001' },
    })
  })

  test('set values are taken', () => {
    const { controlPlane, console } = readSettings(
      {
        PORT: '8080',
        FAIRLEAD_API_PORT: '8081',
        FAIRLEAD_IP_POOLS: 'nl-ams=10.0.0.0/24',
        FAIRLEAD_ACCESS_KEY: 'SCW12345678901234567',
        FAIRLEAD_SECRET_KEY: UUID.toUpperCase(),
        FAIRLEAD_ADMIN_EMAIL: 'Ada@Example.com',
        FAIRLEAD_ADMIN_PASSWORD: 'correct horse',
        FAIRLEAD_API_RATE: '0',
      },
      [],
    )
    expect(console.port).toBe(8080)
    expect(controlPlane.egress.ownPorts).toEqual([8081, 8080])
    expect(controlPlane.pools['fr-par'].ranges).toEqual([])
    expect(controlPlane.credentials?.secretKey).toBe(UUID)
    expect(controlPlane.admin?.email).toBe('ada@example.com')
    expect(controlPlane.requestRate).toBeNull()
  })

  test('the egress policy of nodes allows loopback servers unless the setting refuses them', () => {
    const env = { FAIRLEAD_IP_POOLS: 'fr-par=203.0.113.0/28' }
    expect(readSettings(env, []).nodes.shared.egress.loopback).toBe(true)
    const refusing = { ...env, FAIRLEAD_LOOPBACK_SERVERS: 'refuse' }
    expect(readSettings(refusing, []).nodes.shared.egress.loopback).toBe(false)
  })

  test('--demo is the one option', () => {
    expect(readSettings({}, ['--demo']).demo).toBe(true)
    expect(() => readSettings({}, ['--demon'])).toThrow(/^The only option is --demo/)
  })

  test.each([
    [{ PORT: '0' }, /^PORT must be a port/],
    [{ PORT: 'http' }, /^PORT must be a port/],
    [{ FAIRLEAD_API_PORT: '0' }, /^FAIRLEAD_API_PORT must be a port/],
    [{ FAIRLEAD_API_PORT: '3001x' }, /^FAIRLEAD_API_PORT must be a port/],
    [{ FAIRLEAD_API_PORT: '70000' }, /^FAIRLEAD_API_PORT must be a port/],
    [{ PORT: '3001' }, /both 3001/],
    [{ HOST: 'not a host' }, /^HOST must be/],
    [
      { FAIRLEAD_ADMIN_EMAIL: 'ada', FAIRLEAD_ADMIN_PASSWORD: 'long enough' },
      /^FAIRLEAD_ADMIN_EMAIL must be an email/,
    ],
    [{ FAIRLEAD_ADMIN_EMAIL: 'ada@example.com' }, /go together/],
    [
      { FAIRLEAD_ADMIN_EMAIL: 'ada@example.com', FAIRLEAD_ADMIN_PASSWORD: 'short' },
      /^FAIRLEAD_ADMIN_PASSWORD is not usable: .*at least 8/,
    ],
    [
      { FAIRLEAD_ADMIN_EMAIL: 'ada@example.com', FAIRLEAD_ADMIN_PASSWORD: 'Password123' },
      /^FAIRLEAD_ADMIN_PASSWORD is not usable: This is one of the most common passwords/,
    ],
    [{ FAIRLEAD_SECRET_KEY: UUID }, /go together/],
    [{ FAIRLEAD_ACCESS_KEY: 'scw', FAIRLEAD_SECRET_KEY: UUID }, /^FAIRLEAD_ACCESS_KEY must be SCW/],
    [
      { FAIRLEAD_ACCESS_KEY: 'SCW12345678901234567', FAIRLEAD_SECRET_KEY: 'x' },
      /^FAIRLEAD_SECRET_KEY must be a UUID/,
    ],
    [{ FAIRLEAD_ACCESS_KEY: 'SCW1', FAIRLEAD_SECRET_KEY: 'x' }, /^FAIRLEAD_ACCESS_KEY must be SCW/],
    [{ FAIRLEAD_ACCESS_KEY: 'SCW00000000000000000' }, /go together/],
    [{ FAIRLEAD_AUDIT_DAYS: 'days=3' }, /^FAIRLEAD_AUDIT_DAYS: "days" is not a kind of line/],
    [{ FAIRLEAD_AUDIT_DAYS: 'logins' }, /^FAIRLEAD_AUDIT_DAYS: logins must be .* from 0 to 36500/],
    [{ FAIRLEAD_AUDIT_LINES: 'denials=0' }, /^FAIRLEAD_AUDIT_LINES: denials must be .* from 1000/],
    [{ FAIRLEAD_AUDIT_LINES: 'changes=5000' }, /"changes" is not a kind of line/],
    [{ FAIRLEAD_AUDIT_SYSLOG: 'http://logs' }, /^FAIRLEAD_AUDIT_SYSLOG must be the address/],
    [{ FAIRLEAD_IP_POOLS: 'fr-par=' }, /FAIRLEAD_IP_POOLS/],
    [{ FAIRLEAD_IP_POOLS: 'fr-par' }, /FAIRLEAD_IP_POOLS: "" is not an IPv4 network\./],
    [{ FAIRLEAD_IP_POOLS: 'mars=10.0.0.0/24' }, /FAIRLEAD_IP_POOLS: "mars" is not a region\./],
    [{ FAIRLEAD_IP_POOLS: 'fr-par=10.0.0.0/24,fr-par=10.0.1.0/24' }, /names fr-par twice/],
    [{ FAIRLEAD_IP_POOLS: 'fr-par=10.0.0.0/24,nl-ams=10.0.0.0/25' }, /the pools overlap/],
    [{ FAIRLEAD_WEBHOOK_NETWORKS: '10.0.0.0/8,mars' }, /^FAIRLEAD_WEBHOOK_NETWORKS: "mars" is not/],
    [{ FAIRLEAD_WORKERS: '0' }, /^FAIRLEAD_WORKERS must be a whole number from 1 to 64/],
    [{ FAIRLEAD_HUNG_AFTER_MS: '99' }, /^FAIRLEAD_HUNG_AFTER_MS must be .* from 100 to 60000/],
    [{ FAIRLEAD_HEARTBEAT_MS: '200' }, /must be at least 3 times FAIRLEAD_HEARTBEAT_MS \(200\)/],
    [{ FAIRLEAD_FAILBACK_AFTER_S: 'soon' }, /^FAIRLEAD_FAILBACK_AFTER_S must be a whole number/],
    [{ FAIRLEAD_TRUSTED_PROXIES: 'proxy' }, /^FAIRLEAD_TRUSTED_PROXIES: "proxy" is not a network/],
    [{ FAIRLEAD_PUBLIC_URL: 'console.example.com' }, /^FAIRLEAD_PUBLIC_URL must be the address/],
    [
      { FAIRLEAD_ALLOWED_HOSTS: '*.example.com' },
      /^FAIRLEAD_ALLOWED_HOSTS: "\*.example.com" is not/,
    ],
    [{ FAIRLEAD_WORKERS: 'two' }, /^FAIRLEAD_WORKERS must be a whole number from 1 to 64/],
  ])('%j is refused with a one-line error', (env, words) => {
    expect(() => readSettings(env, [])).toThrow(words)
    expect(() => readSettings(env, [])).not.toThrow(/\n/)
  })
})

test('urlOf returns a URL that this machine can open, whatever HOST is', () => {
  expect(urlOf('127.0.0.1', 3000)).toBe('http://127.0.0.1:3000')
  expect(urlOf('0.0.0.0', 3000)).toBe('http://127.0.0.1:3000')
  expect(urlOf('::', 3000)).toBe('http://[::1]:3000')
})
