import { request } from 'node:http'
import pino from 'pino'
import { expect, test } from 'vitest'
import { parseTrustedProxies } from '#lib/core/client-address.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const SESSION = '/fairlead/v1/session'
const PROXY = '127.0.0.9'
const CLIENT = '203.0.113.7'

type Sent = { from: string; path?: string; body?: object; headers?: Record<string, string> }

/** A request from an address of this machine, as a proxy sends it. */
function send(
  { url }: RunningControlPlane,
  { from, path = SESSION, body = {}, headers = {} }: Sent,
) {
  return new Promise<{ status: number; body: { token: string } }>((resolve, reject) => {
    const sent = request(
      url + path,
      {
        method: 'POST',
        localAddress: from,
        headers: { 'content-type': 'application/json', ...headers },
      },
      async (response) => {
        const chunks: Buffer[] = await response.toArray()
        resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(Buffer.concat(chunks).toString()),
        })
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

test('sessions, audit log and request log have the address that a trusted proxy forwards, and no claimed one', async () => {
  const lines: { msg: string; address?: string; status?: number }[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  await using controlPlane = await runControlPlane(
    { admin: ADA, trustedProxies: parseTrustedProxies(`${PROXY},10.0.0.0/8`) },
    log,
  )
  const wrong = { ...ADA, password: 'wrong horse' }
  const claims = { 'x-forwarded-for': `192.0.2.1, ${CLIENT}, 10.1.2.3` }
  await send(controlPlane, { from: PROXY, body: wrong, headers: claims })
  await send(controlPlane, { from: '127.0.0.8', body: wrong, headers: claims })
  const forwarded = { forwarded: `for=192.0.2.1, for="[2001:db8::7]:4711"` }
  const opened = await send(controlPlane, { from: PROXY, body: ADA, headers: forwarded })
  expect(opened.status).toBe(200)

  const get = async (path: string) =>
    (
      await controlPlane.call('GET', path, undefined, {
        Authorization: `Bearer ${opened.body.token}`,
      })
    ).body
  expect((await get('/fairlead/v1/sessions')).sessions[0].address).toBe('2001:db8::7')
  const audited = async () =>
    (await get('/fairlead/v1/audit')).lines.map(
      ({ event, address }: { event: string; address: string }) => `${event} ${address}`,
    )
  await expect
    .poll(audited)
    .toEqual(['login 2001:db8::7', 'login_failed 127.0.0.8', `login_failed ${CLIENT}`])
  const requests = lines.filter(({ msg }) => msg === 'request')
  expect(requests.map(({ status, address }) => `${status} ${address}`)).toEqual([
    `401 ${CLIENT}`,
    '401 127.0.0.8',
    '200 2001:db8::7',
  ])
})

test('behind a trusted proxy, wrong passwords of one client throttle no other client', async () => {
  await using controlPlane = await runControlPlane({
    admin: ADA,
    logInFailures: { account: 2, address: 3 },
    trustedProxies: parseTrustedProxies(PROXY),
  })
  const attempt = async (input: object, client: string) =>
    (
      await send(controlPlane, {
        from: PROXY,
        body: input,
        headers: { 'x-forwarded-for': client },
      })
    ).status
  for (const email of ['a@example.com', 'b@example.com', 'c@example.com']) {
    expect(await attempt({ ...ADA, email }, '198.51.100.9')).toBe(401)
  }
  expect(await attempt(ADA, '198.51.100.9')).toBe(429)
  expect(await attempt(ADA, CLIENT)).toBe(200)
})

test("a forwarding header does not give a client the proxy's address, to which a token is limited", async () => {
  await using controlPlane = await runControlPlane({ trustedProxies: parseTrustedProxies(PROXY) })
  const made = await controlPlane.call('POST', '/fairlead/v1/tokens', {
    name: 'here only',
    networks: ['127.0.0.0/8'],
  })
  const path = '/lb/v1/regions/fr-par/lbs'
  const attempt = async (headers: Record<string, string>) => {
    const token = { 'x-auth-token': made.body.secret_key }
    const body = { name: 'lb' }
    return (
      await send(controlPlane, { from: PROXY, path, body, headers: { ...token, ...headers } })
    ).status
  }
  expect(await attempt({ 'x-forwarded-for': CLIENT })).toBe(403)
  expect(await attempt({ 'x-forwarded-for': CLIENT, forwarded: 'for=192.0.2.1' })).toBe(400)
  expect(await attempt({ 'x-forwarded-for': CLIENT, forwarded: 'nonsense' })).toBe(400)
  expect(await attempt({ forwarded: `for="192.0.2.1, for=${CLIENT}` })).toBe(400)
  expect(await attempt({ 'x-forwarded-for': '127.0.0.7' })).toBe(200)
})
