import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettings, urlOf } from './settings.ts'

describe('settings', () => {
  test('an empty environment takes the documented defaults', () => {
    expect(readSettings({ PORT: '' }, [])).toEqual({
      host: '127.0.0.1',
      consolePort: 3000,
      apiPort: 3001,
      dataDir: resolve('.fairlead'),
      demo: false,
      nodes: { workers: 1, heartbeatMs: 50, hungAfterMs: 400, failbackMs: null },
      egress: {
        ownPorts: [3001, 3000],
        loopback: true,
        pools: [
          { ranges: [{ first: 0x7f330001, last: 0x7f3300fe }] },
          { ranges: [{ first: 0x7f1f0001, last: 0x7f1f00fe }] },
        ],
      },
      publicUrl: null,
      hosts: { FAIRLEAD_PUBLIC_URL: '', FAIRLEAD_ALLOWED_HOSTS: '' },
      controlPlane: {
        FAIRLEAD_ADMIN_EMAIL: '',
        FAIRLEAD_ADMIN_PASSWORD: '',
        FAIRLEAD_ACCESS_KEY: '',
        FAIRLEAD_API_RATE: '',
        FAIRLEAD_AUDIT_DAYS: '',
        FAIRLEAD_AUDIT_LINES: '',
        FAIRLEAD_AUDIT_SYSLOG: '',
        FAIRLEAD_AUDIT_SYSLOG_CA: '',
        FAIRLEAD_LOOPBACK_SERVERS: '',
        FAIRLEAD_SECRET_KEY: '',
        FAIRLEAD_SECRETS_KEY_FILE: resolve('.fairlead', 'secrets.key'),
        FAIRLEAD_SMTP_FROM: '',
        FAIRLEAD_SMTP_URL: '',
        FAIRLEAD_TRUSTED_PROXIES: '',
        FAIRLEAD_WEBHOOK_NETWORKS: '',
        FAIRLEAD_IP_POOLS: 'fr-par=127.51.0.0/24,nl-ams=127.31.0.0/24',
      },
    })
  })

  test('nodes go on with servers on this machine unless the setting refuses them', () => {
    const env = { FAIRLEAD_IP_POOLS: 'fr-par=203.0.113.0/28' }
    expect(readSettings(env, []).egress.loopback).toBe(true)
    const refusing = { ...env, FAIRLEAD_LOOPBACK_SERVERS: 'refuse' }
    expect(readSettings(refusing, []).egress.loopback).toBe(false)
  })

  test('--demo is the one option', () => {
    expect(readSettings({}, ['--demo']).demo).toBe(true)
    expect(() => readSettings({}, ['--demon'])).toThrow(/^The only option is --demo/)
  })

  test.each([
    [{ PORT: '0' }, /^PORT must be a port/],
    [{ PORT: 'http' }, /^PORT must be a port/],
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
    [{ FAIRLEAD_ACCESS_KEY: 'SCW1', FAIRLEAD_SECRET_KEY: 'x' }, /^FAIRLEAD_ACCESS_KEY must be SCW/],
    [{ FAIRLEAD_ACCESS_KEY: 'SCW00000000000000000' }, /go together/],
    [{ FAIRLEAD_AUDIT_DAYS: 'days=3' }, /^FAIRLEAD_AUDIT_DAYS: "days" is not a kind of line/],
    [{ FAIRLEAD_AUDIT_DAYS: 'logins' }, /^FAIRLEAD_AUDIT_DAYS: logins must be .* from 0 to 36500/],
    [{ FAIRLEAD_AUDIT_LINES: 'denials=0' }, /^FAIRLEAD_AUDIT_LINES: denials must be .* from 1000/],
    [{ FAIRLEAD_AUDIT_LINES: 'changes=5000' }, /"changes" is not a kind of line/],
    [{ FAIRLEAD_AUDIT_SYSLOG: 'http://logs' }, /^FAIRLEAD_AUDIT_SYSLOG must be the address/],
    [{ FAIRLEAD_IP_POOLS: 'fr-par=' }, /FAIRLEAD_IP_POOLS/],
    [{ FAIRLEAD_IP_POOLS: 'mars=10.0.0.0/24' }, /FAIRLEAD_IP_POOLS/],
    [{ FAIRLEAD_WEBHOOK_NETWORKS: '10.0.0.0/8,mars' }, /^FAIRLEAD_WEBHOOK_NETWORKS: "mars" is not/],
    [{ FAIRLEAD_WORKERS: '0' }, /^FAIRLEAD_WORKERS has to be a whole number from 1 to 64/],
    [{ FAIRLEAD_HUNG_AFTER_MS: '99' }, /^FAIRLEAD_HUNG_AFTER_MS has to be .* from 100 to 60000/],
    [{ FAIRLEAD_HEARTBEAT_MS: '200' }, /has to be 3 times FAIRLEAD_HEARTBEAT_MS \(200\) or more/],
    [{ FAIRLEAD_FAILBACK_AFTER_S: 'soon' }, /^FAIRLEAD_FAILBACK_AFTER_S has to be a whole number/],
    [{ FAIRLEAD_TRUSTED_PROXIES: 'proxy' }, /^FAIRLEAD_TRUSTED_PROXIES: "proxy" is not a network/],
    [{ FAIRLEAD_PUBLIC_URL: 'console.example.com' }, /^FAIRLEAD_PUBLIC_URL must be the address/],
    [
      { FAIRLEAD_ALLOWED_HOSTS: '*.example.com' },
      /^FAIRLEAD_ALLOWED_HOSTS: "\*.example.com" is not/,
    ],
    [{ FAIRLEAD_WORKERS: 'two' }, /^FAIRLEAD_WORKERS has to be a whole number from 1 to 64/],
  ])('%j is refused in one line', (env, words) => {
    expect(() => readSettings(env, [])).toThrow(words)
    expect(() => readSettings(env, [])).not.toThrow(/\n/)
  })
})

test('a URL that this machine can open is told, whatever HOST is', () => {
  expect(urlOf('127.0.0.1', 3000)).toBe('http://127.0.0.1:3000')
  expect(urlOf('0.0.0.0', 3000)).toBe('http://127.0.0.1:3000')
  expect(urlOf('::', 3000)).toBe('http://[::1]:3000')
})
