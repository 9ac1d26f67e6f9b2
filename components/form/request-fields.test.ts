import { expect, test } from 'vitest'
import { declaredFields, fieldsOf, matchErrors, requestOf, withBody } from './request-fields.ts'

type Values = { name: string; servers: string; check: { port: string } }

const field = fieldsOf<Values>('backends.1.')
const tree = {
  token: 'secret',
  backends: [
    {
      name: field('name', 'web'),
      server_ip: field('servers', ['10.0.0.1', '10.0.0.2'], (index) => `Line ${index + 3}`),
      health_check: { port: field('check.port', 80), tcp_config: {} },
      ...((false as boolean) && { unsent: field('name', '') }),
    },
  ],
}

test('a tree of fields becomes a request', () => {
  expect(requestOf(tree)).toEqual({
    token: 'secret',
    backends: [
      {
        name: 'web',
        server_ip: ['10.0.0.1', '10.0.0.2'],
        health_check: { port: 80, tcp_config: {} },
      },
    ],
  })
})

test.each([
  ['backends.0.name', 'backends.1.name', 'Wrong.'],
  ['backends.0.server_ip', 'backends.1.servers', 'Wrong.'],
  ['backends.0.server_ip.1', 'backends.1.servers', 'Line 4: Wrong.'],
  ['backends.0.health_check', 'backends.1.check.port', 'Wrong.'],
  ['backends.0', 'backends.1.name', 'Wrong.'],
])('an error at %s is at the input %s', (path, input, message) => {
  const { byInput, unmatched } = matchErrors([{ field: path, message: 'Wrong.' }], tree)
  expect([...byInput]).toEqual([[input, message]])
  expect(unmatched).toEqual([])
})

test.each([
  'token',
  'backends.1.name',
  'backends.0.health_check.tcp_config',
  'project_id',
  'backends.0.unsent',
])('an error at %s has no input', (path) => {
  const { byInput, unmatched } = matchErrors([{ field: path, message: 'Wrong.' }], tree)
  expect([byInput.size, unmatched]).toEqual([0, ['Wrong.']])
})

test('an input shows the first of its errors', () => {
  const errors = [
    { field: 'backends.0.server_ip.0', message: 'One.' },
    { field: 'backends.0.server_ip.1', message: 'Two.' },
  ]
  expect([...matchErrors(errors, tree).byInput.values()]).toEqual(['Line 3: One.'])
})

test('a body replaces the values of fields and adds others', () => {
  const known = { name: field('name', 'a'), check: { port: field('check.port', 1), kept: true } }
  const merged = withBody(known, { name: 'b', check: { port: 2, kept: false }, id: 'x' })
  expect(requestOf(merged)).toEqual({ name: 'b', check: { port: 2, kept: false }, id: 'x' })
  expect(declaredFields(merged)).toEqual([
    { path: 'name', input: 'backends.1.name' },
    { path: 'check.port', input: 'backends.1.check.port' },
  ])
})
