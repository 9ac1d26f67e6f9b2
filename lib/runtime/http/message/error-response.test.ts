import { expect, test } from 'vitest'
import { errorResponse } from './error-response.ts'
import { HttpError } from './http-error.ts'
import { parseResponseHead } from './response-head.ts'

function answered(status: number, hop: { keepAlive: boolean; head?: boolean }) {
  const text = errorResponse(new HttpError(status, 'In plain words.'), {
    requestId: 'r-1',
    ...hop,
  })
  const end = text.indexOf('\r\n\r\n') + 4
  const body = text.slice(end)
  return { head: parseResponseHead(Buffer.from(text.slice(0, end)), 'GET'), body }
}

test('says status, reason and request, and how long it is', () => {
  const { head, body } = answered(503, { keepAlive: true })
  expect(body).toBe('503 Service Unavailable\nIn plain words.\nRequest r-1\n')
  expect(head).toMatchObject({ status: 503, keepAlive: true })
  expect(head.framing).toEqual({ type: 'length', length: body.length })
})

test('closes where asked, and sends no body to HEAD', () => {
  expect(answered(400, { keepAlive: false }).head.keepAlive).toBe(false)
  const { head, body } = answered(504, { keepAlive: true, head: true })
  expect(body).toBe('')
  expect(head.framing).toMatchObject({ type: 'length' })
})

test('names the allowed methods when it refuses one', () => {
  const names = answered(405, { keepAlive: false }).head.fields.map(({ lower }) => lower)
  expect(names).toContain('allow')
})
