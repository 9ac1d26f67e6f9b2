import { expect, test } from 'vitest'
import { ApiError, readErrorResponse, validationErrors } from './api-error.ts'
import { errorMessage, requestIdOf } from './error-text.ts'
import { isRetryable } from './query-client.ts'

const detail = (argument_name: string, help_message: string) => ({
  argument_name,
  help_message,
  reason: 'constraint',
})
const problem = (status: number, body: object) =>
  new ApiError(status, { message: 'raw', ...body }, 'req-1')

test.each([
  [
    'a lost connection',
    new TypeError('fetch failed'),
    'The console is not reachable. Check your connection and try again.',
  ],
  [
    'wrong fields',
    problem(400, {
      details: [detail('name', 'Name is required.'), detail('port', 'Port is taken.')],
    }),
    'Name is required. Port is taken.',
  ],
  ['a session that ended', problem(401, {}), 'Your session has ended. Log in to continue.'],
  [
    'a wrong password',
    problem(401, { method: 'password', message: 'It is wrong.' }),
    'It is wrong.',
  ],
  [
    'something deleted meanwhile',
    problem(404, {}),
    'It is no longer there. Someone may have deleted it.',
  ],
  [
    'a precondition',
    problem(412, { help_message: 'Frontend web uses it.' }),
    'Frontend web uses it.',
  ],
  ['a precondition without help', problem(412, {}), 'raw'],
  [
    'the control plane away',
    problem(503, { type: 'unavailable', message: 'It is away.' }),
    'It is away.',
  ],
  [
    'a fault',
    problem(500, {}),
    'Fairlead could not do this: something went wrong inside it. Try again in a moment.',
  ],
  [
    'a fault of the page',
    new RangeError('x'),
    'Fairlead could not do this: something went wrong inside it. Try again in a moment.',
  ],
])('%s', (_name, error, words) => {
  expect(errorMessage(error)).toBe(words)
})

test('the request ID is read from the response, even if its body is not an API error', async () => {
  const response = new Response('<html>', { status: 502, headers: { 'x-request-id': 'abc' } })
  const found = await readErrorResponse(response)
  expect([found.status, requestIdOf(found)]).toEqual([502, 'abc'])
  expect(requestIdOf(new TypeError())).toBeNull()
})

test('invalid fields are read from the response', () => {
  const error = problem(400, { details: [detail('backends.0.name', 'Taken.'), { odd: true }] })
  expect(validationErrors(error)).toEqual([{ field: 'backends.0.name', message: 'Taken.' }])
  expect(validationErrors(new TypeError())).toEqual([])
})

test('only failures that may be transient are retried', () => {
  const outcomes = [new TypeError(), problem(503, {}), problem(404, {}), problem(401, {})]
  expect(outcomes.map(isRetryable)).toEqual([true, true, false, false])
})
