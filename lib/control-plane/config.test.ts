import { describe, expect, test } from 'vitest'
import { parseAdmin, parseCredentials, parseIpPools, parsePort, readSettings } from './config.ts'

const UUID = '11111111-2222-4333-8444-555555555555'

describe('environment', () => {
  test.each([
    [{ FAIRLEAD_IP_POOLS: 'fr-par' }, 'FAIRLEAD_IP_POOLS: "" is not an IPv4 network.'],
    [{ FAIRLEAD_IP_POOLS: 'xx-xxx=10.0.0.0/24' }, '"xx-xxx" is not a region.'],
    [{ FAIRLEAD_IP_POOLS: 'fr-par=10.0.0.0/24,fr-par=10.0.1.0/24' }, 'names fr-par twice'],
    [{ FAIRLEAD_IP_POOLS: 'fr-par=10.0.0.0/24,nl-ams=10.0.0.0/25' }, 'the pools overlap'],
    [{ FAIRLEAD_API_PORT: '0' }, 'FAIRLEAD_API_PORT must be a port'],
    [{ FAIRLEAD_API_PORT: '3001x' }, 'FAIRLEAD_API_PORT must be a port'],
    [{ HOST: 'a b' }, 'HOST must be'],
    [{ FAIRLEAD_ADMIN_EMAIL: 'ada@example.com' }, 'go together'],
    [{ FAIRLEAD_ADMIN_EMAIL: 'ada', FAIRLEAD_ADMIN_PASSWORD: 'x' }, 'FAIRLEAD_ADMIN_EMAIL must be'],
    [
      { FAIRLEAD_ADMIN_EMAIL: 'ada@example.com', FAIRLEAD_ADMIN_PASSWORD: 'Password123' },
      'FAIRLEAD_ADMIN_PASSWORD is not usable: This is one of the most common passwords',
    ],
    [{ FAIRLEAD_SECRET_KEY: UUID }, 'go together'],
    [{ FAIRLEAD_ACCESS_KEY: 'scw', FAIRLEAD_SECRET_KEY: UUID }, 'FAIRLEAD_ACCESS_KEY must be'],
    [
      { FAIRLEAD_ACCESS_KEY: 'SCW12345678901234567', FAIRLEAD_SECRET_KEY: 'x' },
      'FAIRLEAD_SECRET_KEY must be a UUID',
    ],
    [{ FAIRLEAD_NODES: '[{}]' }, 'FAIRLEAD_NODES must be a JSON array of nodes'],
  ])('%j is refused in one line', (env, words) => {
    const read = () => readSettings(env)
    expect(read).toThrow(words)
    expect(read).toThrow(/^[^\n]+$/)
  })

  test('what is left out has its default', () => {
    const settings = readSettings({})
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 3001,
      admin: null,
      credentials: null,
    })
    expect(settings.databaseFile).toBe('.fairlead/fairlead.db')
    expect(settings.pools['nl-ams'].text).toBe('127.31.0.0/24')
  })

  test('what is given is taken', () => {
    expect(parsePort('PORT', '8080')).toBe(8080)
    expect(parseIpPools('nl-ams=10.0.0.0/24')['fr-par'].ranges).toEqual([])
    expect(parseCredentials('SCW12345678901234567', UUID.toUpperCase())?.secretKey).toBe(UUID)
    expect(parseAdmin('Ada@Example.com', 'correct horse')?.email).toBe('ada@example.com')
  })
})
