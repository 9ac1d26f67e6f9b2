import { expect, test } from 'vitest'
import type { ApiDocument } from '../api-document.ts'
import { callRequest, findCall, inputErrors, isDestructive } from './call-request.ts'

const DOCUMENT: ApiDocument = {
  info: { version: '1' },
  tags: [],
  components: { schemas: {} },
  paths: {
    '/lb/v1/regions/{region}/backends/{id}': {
      put: {
        operationId: 'put-backends-id',
        summary: 'Update a backend',
        tags: [],
        parameters: [
          { name: 'region', in: 'path', required: true, schema: { enum: ['fr-par', 'nl-ams'] } },
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'note', in: 'query', schema: { type: 'string' } },
        ],
        requestBody: {
          content: {
            'application/json': {
              schema: { properties: { name: { type: 'string' } }, required: ['name'] },
            },
          },
        },
        responses: {},
      },
    },
  },
}

const call = () => {
  const found = findCall(DOCUMENT, 'put-backends-id')
  if (!found) throw new Error('The call is not there.')
  return found
}

test('a call has its inputs and an example of its body', () => {
  expect(findCall(DOCUMENT, 'get-nothing')).toBeNull()
  expect(call().inputs.map(({ label, values }) => [label, values])).toEqual([
    ['region', ['fr-par', 'nl-ams']],
    ['backend_id', []],
    ['note', []],
    ['If-Match', []],
  ])
  expect(JSON.parse(call().body ?? '')).toEqual({ name: 'web' })
})

test('missing values and invalid JSON are errors', () => {
  expect(inputErrors(call(), { region: 'fr-par', id: ' ' }, '{')).toEqual({
    id: 'backend_id is required.',
    body: expect.stringContaining('This is not JSON'),
  })
})

test('values are encoded, so that they stay in their part of the URL', () => {
  const values = { region: 'fr-par', id: 'a/b?c', note: 'x&y', 'If-Match': '"7"' }
  expect(callRequest(call(), values)).toEqual({
    path: '/lb/v1/regions/fr-par/backends/a%2Fb%3Fc?note=x%26y',
    headers: { 'If-Match': '"7"' },
  })
})

test.each([
  ['DELETE', '/backends/{id}', true],
  ['POST', '/fairlead/v1/nodes/{id}/drain', true],
  ['PUT', '/backends/{id}', false],
  ['GET', '/lbs', false],
])('%s %s needs a confirmation: %s', (method, path, expected) => {
  expect(isDestructive({ method, path })).toBe(expected)
})
