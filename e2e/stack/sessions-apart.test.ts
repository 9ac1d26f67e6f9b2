import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN, type Installation, startInstallation } from '../support/installation.ts'

let one: Installation
let other: Installation

beforeAll(async () => {
  one = await startInstallation()
  other = await startInstallation()
})
afterAll(() => Promise.all([one?.remove(), other?.remove()]))

test('a browser has a session with each of two installations on one host', async () => {
  const jar = new Map<string, string>()
  const browse = async (
    installation: Installation,
    method: string,
    path: string,
    body?: object,
  ) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(installation.consoleUrl + path, {
      method,
      headers: { cookie, origin: installation.consoleUrl, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      if (/max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response.status
  }
  expect(await browse(one, 'POST', '/api/session', ADMIN)).toBe(201)
  expect(await browse(other, 'POST', '/api/session', ADMIN)).toBe(201)
  const kinds = [...jar.keys()].map((name) => name.replace(/_[0-9a-f]{12}$/, '')).sort()
  expect(kinds).toEqual([
    ...['fairlead_device', 'fairlead_device'],
    ...['fairlead_session', 'fairlead_session'],
  ])
  expect(await browse(one, 'GET', '/api/session')).toBe(200)
  expect(await browse(other, 'GET', '/api/session')).toBe(200)
  expect(await browse(other, 'DELETE', '/api/session')).toBe(204)
  expect(await browse(other, 'GET', '/api/session')).toBe(401)
  expect(await browse(one, 'GET', '/api/session')).toBe(200)
})
