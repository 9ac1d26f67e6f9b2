import { expect, test } from 'vitest'
import type { Schema } from './api-document.ts'
import { viewOf } from './schema-view.ts'

const LB = { $ref: '#/components/schemas/Lb' }
const PORT: Schema = { type: 'integer', minimum: 1, maximum: 65535 }

test.each<[string, Schema, object]>([
  [
    'text',
    { type: 'string', minLength: 1, maxLength: 255 },
    { type: 'string', limits: ['1 to 255 characters'] },
  ],
  [
    'a number or null',
    { type: ['integer', 'null'], minimum: 0 },
    { type: 'integer or null', limits: ['at least 0'] },
  ],
  ['a format', { type: 'string', format: 'date-time' }, { type: 'string (date-time)' }],
  [
    'a choice',
    { type: ['string', 'null'], enum: ['a', 'b', null] },
    { type: 'string or null', values: ['a', 'b'] },
  ],
  [
    'two types',
    { anyOf: [{ type: 'number' }, { type: 'string' }, { type: 'null' }] },
    { type: 'number or string or null', variants: [] },
  ],
  ['a default', { type: 'string', default: 'asc' }, { limits: ['default asc'] }],
  [
    'a list',
    { type: 'array', maxItems: 50, items: { type: 'string', maxLength: 8 } },
    { type: 'list of string', limits: ['at most 50 items', 'each: at most 8 characters'] },
  ],
  ['an object by name', LB, { type: '', object: 'Lb', fields: [] }],
  ['a list of objects by name', { type: 'array', items: LB }, { type: 'list of', object: 'Lb' }],
  ['an object by name or null', { anyOf: [LB, { type: 'null' }] }, { type: 'null', object: 'Lb' }],
  ['anything', {}, { type: 'any value' }],
  [
    'values by key',
    { type: 'object', additionalProperties: { type: 'number' } },
    { type: 'object of number, by key', fields: [] },
  ],
])('%s', (_case, schema, view) => {
  expect(viewOf(schema)).toMatchObject(view)
})

test('fields are nested and marked as required or not', () => {
  const inner = { type: 'object', properties: { port: PORT }, required: ['port'] }
  const list = { type: 'array', items: inner, description: 'Each one.' }
  const [field] = viewOf({ type: 'object', properties: { checks: list } }).fields
  expect(field).toMatchObject({
    name: 'checks',
    required: false,
    description: 'Each one.',
    type: 'list of object',
    fields: [{ name: 'port', required: true, type: 'integer', limits: ['1 to 65535'] }],
  })
})

test('several objects are variants', () => {
  const one = { type: 'object', properties: { port: PORT } }
  expect(viewOf({ oneOf: [one, LB] }).variants).toMatchObject([
    { type: 'object' },
    { object: 'Lb' },
  ])
})
