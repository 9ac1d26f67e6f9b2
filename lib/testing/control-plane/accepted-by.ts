import fc from 'fast-check'
import * as z from 'zod'
import { FAIRLEAD_API, LOAD_BALANCER_API } from '#lib/control-plane/http/app.ts'

/** Generates values from a schema that it accepts, so that new fields are covered automatically. */

/** Realistic values. A field that accepts none of them needs its own example here. */
const EXAMPLES = [
  ...[
    '',
    'web',
    'Épicerie d’été',
    'a',
    '1',
    'GET',
    'propfind',
    'health',
    'https',
    'lb-s',
    'LB-GP-M',
    'fr-par',
  ],
  ...[
    '/',
    '/health?x=1#y',
    '/%2e%2e//a\\b',
    '/café',
    'http://test.com/health',
    'https://[::1]:81/x',
  ],
  ...['www.example.com', 'Shop.Test.:0080', 'bücher.example', '[2001:DB8::1]:80', 'x.a-b_c.test'],
  ...['10.0.0.4', '2001:db8:0::1', '::ffff:10.0.0.4', '10.1.2.3/8', '2001:db8::/32', '0.0.0.0/0'],
  ...['^/a(b|c)*$', '(?i)\\.php$', 'x-role', 'Host', 'SESSION_ID', '__Host-a', 'b, c'],
  ...['https://{{host}}:8443{{path}}?{{query}}', '/{{path}}', '{{scheme}}://a.test/'],
  ...['0s', '0.500000000s', '3000', '86400s', '2026-07-21T10:17:00Z'],
  ...[
    '6f1c2f4e-3f0a-4b6e-9d55-2c8a1f7b9e10',
    '7F1C2F4E-3F0A-4B6E-9D55-2C8A1F7B9E10',
    'ada@example.com',
    'https://hooks.example/a?b',
  ],
  'correct horse battery staple',
]

/** Text with a special meaning in a protocol, a pattern, a path or a URL. */
const HOSTILE = [
  ...'\r\n\t\0\x7f\x85\xa0\u2028\u200d\u00ad\u202e\ufeff\u010d\u010a\u560d\u560aéßİǅ。／：＠\u{1f600}\ud800',
  ...'/\\?#@:;,%&=+*.<>[](){}|^$"\'`!~- aZ0_',
  ...['%0d%0a', '%00', '..', '{{path}}', '{{host}}', '//', '://', 'xn--'],
]

const INTEGERS = [-1, 0, 1, 2, 3, 9, 10, 80, 99, 100, 200, 301, 302, 599, 1000, 65_535, 86_400_000]

const hostileText = fc
  .array(fc.constantFrom(...HOSTILE), { maxLength: 6 })
  .map((pieces) => pieces.join(''))

type RequestBody = { method: string; path: string; body: z.ZodType; own: boolean }

/** Every call of the API with a body; `own` if it is Fairlead's own. */
export function requestBodies(): RequestBody[] {
  const all = [
    ...LOAD_BALANCER_API.flatMap(([, calls]) => calls.map((call) => ({ ...call, own: false }))),
    ...FAIRLEAD_API.flatMap(([, calls]) => calls.map((call) => ({ ...call, own: true }))),
  ]
  return all.flatMap(({ method, path, body, own }) => (body ? [{ method, path, body, own }] : []))
}

type Schema = z.core.$ZodType
type Definition = {
  type: string
  innerType: Schema
  in: Schema
  element: Schema
  options: Schema[]
  values: unknown[]
  entries: Record<string, unknown>
  shape: Record<string, Schema>
  checks?: { _zod: { def: { check: string; minimum?: number } } }[]
}

const definitionOf = (schema: Schema) => schema._zod.def as unknown as Definition
const takes = (schema: Schema, value: unknown) => z.safeParse(schema, value).success

/** Inputs that the schema accepts: plain, at the limits, and as hostile as it allows. */
export function acceptedBy(schema: Schema): fc.Arbitrary<unknown> {
  let refused = 0
  return inputOf(schema).filter((value) => {
    const accepted = takes(schema, value)
    refused = accepted ? 0 : refused + 1
    if (refused > 20_000)
      throw new Error(`20,000 inputs in a row are refused by ${inWords(schema)}`)
    return accepted
  })
}

/** @param whole the schema that the value must pass in the end; `schema` may be its first stage */
function inputOf(schema: Schema, whole = schema): fc.Arbitrary<unknown> {
  const definition = definitionOf(schema)
  switch (definition.type) {
    case 'string':
      return texts(whole)
    case 'number':
      return integers(whole)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'literal':
      return fc.constantFrom(...definition.values)
    case 'enum':
      return fc.constantFrom(...Object.values(definition.entries))
    case 'optional':
      return acceptedBy(definition.innerType)
    case 'nullable':
      return fc.option(acceptedBy(definition.innerType), { nil: null, freq: 6 })
    case 'default':
    case 'readonly':
      return acceptedBy(definition.innerType)
    case 'pipe':
      return inputOf(definition.in, whole)
    case 'union':
      return fc.oneof(...definition.options.map((option) => inputOf(option, whole)))
    case 'array':
      return arrays(schema)
    case 'object':
      return objects(definition.shape)
    default:
      throw new Error(`There are no values of ${inWords(schema)} yet.`)
  }
}

function texts(schema: Schema): fc.Arbitrary<string> {
  const examples = EXAMPLES.filter((example) => takes(schema, example))
  if (examples.length === 0) throw new Error(`No example is accepted by ${inWords(schema)}`)
  const plain = fc.constantFrom(...examples)
  const mutated = fc
    .tuple(plain, hostileText, fc.nat(40), fc.nat(3))
    .map(([text, piece, at, cut]) => [text, text.slice(0, at) + piece + text.slice(at + cut)])
  const hostile = fc.tuple(plain, hostileText)
  // Most mutations are refused, so the example itself is kept as an alternative.
  return fc
    .oneof({ arbitrary: mutated, weight: 3 }, hostile)
    .map(([text = '', tried = '']) => (takes(schema, tried) ? tried : text))
}

function integers(schema: Schema): fc.Arbitrary<number> {
  const some = fc.constantFrom(...INTEGERS.filter((integer) => takes(schema, integer)))
  return fc
    .tuple(some, fc.integer({ min: 0, max: 100_000 }), fc.boolean())
    .map(([known, any, tried]) => (tried && takes(schema, any) ? any : known))
}

function arrays(schema: Schema): fc.Arbitrary<unknown[]> {
  const { element, checks = [] } = definitionOf(schema)
  const least = checks.find(({ _zod }) => _zod.def.check === 'min_length')?._zod.def.minimum ?? 0
  // Some arrays must be empty.
  const most = takes(schema, []) && !mayHaveElements(checks) ? 0 : Math.max(least, 3)
  return fc.array(most === 0 ? fc.constant(null) : acceptedBy(element), {
    minLength: least,
    maxLength: most,
  })
}

function mayHaveElements(checks: NonNullable<Definition['checks']>): boolean {
  return !checks.some(
    ({ _zod: { def } }) =>
      def.check === 'max_length' && (def as { maximum?: number }).maximum === 0,
  )
}

/** Objects with few to nearly all of their optional fields. */
function objects(shape: Record<string, Schema>): fc.Arbitrary<object> {
  const keys = Object.keys(shape)
  const fields: [string, fc.Arbitrary<unknown>][] = keys.map((key) => [
    key,
    acceptedBy(shape[key] as Schema),
  ])
  const droppable = new Set(keys.filter((key) => takes(shape[key] as Schema, undefined)))
  const dice = fc.array(fc.nat(99), { minLength: keys.length, maxLength: keys.length })
  return fc
    .tuple(
      fc.record<Record<string, unknown>>(Object.fromEntries(fields)),
      fc.constantFrom(10, 50, 90),
      dice,
    )
    .map(([value, kept, rolls]) => {
      const stays = (key: string, at: number) => !droppable.has(key) || (rolls[at] ?? 0) < kept
      return Object.fromEntries(keys.filter(stays).map((key) => [key, value[key]]))
    })
}

function inWords(schema: Schema): string {
  try {
    return JSON.stringify(
      z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }),
    )
  } catch {
    return definitionOf(schema).type
  }
}
