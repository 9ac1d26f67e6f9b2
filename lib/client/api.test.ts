import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { callApi, UNAUTHENTICATED_EVENT } from './api.ts'
import { trackSessionRequest } from './session-renewal.ts'

const refused = () => Response.json({ message: 'Log in to continue.' }, { status: 401 })
const found = () => Response.json({ name: 'shop' })
const opened = () => Response.json({ account: {} }, { status: 201 })

const page = new EventTarget()
const fetches = vi.fn<(path: string, init: RequestInit) => Promise<Response>>()
const isAsked = vi.fn()

beforeEach(() => {
  vi.stubGlobal('window', page)
  vi.stubGlobal('fetch', fetches)
  page.addEventListener(UNAUTHENTICATED_EVENT, isAsked)
})
afterEach(() => {
  page.removeEventListener(UNAUTHENTICATED_EVENT, isAsked)
  vi.unstubAllGlobals()
  fetches.mockReset()
  isAsked.mockReset()
})

test('without a session the user is asked to log in', async () => {
  fetches.mockImplementation(async () => refused())
  await expect(callApi('GET', '/x')).rejects.toMatchObject({ status: 401 })
  expect([fetches.mock.calls.length, isAsked.mock.calls.length]).toEqual([1, 1])
})

test.each([
  ['after the refusal', true],
  ['before the refusal', false],
])(
  'the user is not asked if a new session is opened and its cookie arrives %s',
  async (_, isLate) => {
    const refusal = Promise.withResolvers<Response>()
    const cookie = Promise.withResolvers<Response>()
    fetches.mockReturnValueOnce(refusal.promise).mockImplementation(async () => found())
    const opening = trackSessionRequest(() => cookie.promise)
    const answer = callApi('PUT', '/x', { body: { name: 'shop' }, ifMatch: '"1"' })
    const order = [() => refusal.resolve(refused()), () => cookie.resolve(opened())]
    for (const settle of isLate ? order : order.reverse()) {
      settle()
      await new Promise(setImmediate)
    }
    await opening
    expect(await answer).toEqual({ name: 'shop' })
    expect(isAsked).not.toHaveBeenCalled()
    const [first, second, ...more] = fetches.mock.calls
    expect(second).toEqual(first)
    expect(more).toEqual([])
  },
)

test.each([
  ['is refused', async () => Response.json({}, { status: 400 })],
  ['gets no answer', () => Promise.reject(new TypeError('no network'))],
])('the user is asked if the request for a new session %s', async (_, send) => {
  fetches.mockImplementation(async () => refused())
  const opening = trackSessionRequest(send)
  await expect(callApi('GET', '/x')).rejects.toMatchObject({ status: 401 })
  await opening.catch(() => {})
  expect([fetches.mock.calls.length, isAsked.mock.calls.length]).toEqual([1, 1])
})

test('if the new session has ended too, the request is not retried again', async () => {
  fetches.mockImplementation(async () => refused())
  const opening = trackSessionRequest(async () => opened())
  await expect(callApi('GET', '/x')).rejects.toMatchObject({ status: 401 })
  await opening
  expect([fetches.mock.calls.length, isAsked.mock.calls.length]).toEqual([2, 1])
})
