import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { type FieldValues, FormProvider, useForm } from 'react-hook-form'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { declaredFields } from './request-fields.ts'
import { ACCOUNT_COVERAGE } from './testing/account-coverage.ts'
import { type AnyForm, h } from './testing/coverage.ts'
import { LB_COVERAGE } from './testing/lb-coverage.ts'

// Each field of each request that the console sends has an input on the page, or a reason why it has none.

const COVERAGE = [...LB_COVERAGE, ...ACCOUNT_COVERAGE]

type JsonSchema = {
  properties?: Record<string, JsonSchema>
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
}

/** The paths of a request's values. Items of a list have the path of the list. */
function pathsOf(schema: JsonSchema, path = ''): string[] {
  const { properties = {}, items } = schema
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  const inner = [
    ...options.flatMap((option) => pathsOf(option, path)),
    ...(items ? pathsOf(items, path) : []),
    ...Object.entries(properties).flatMap(([name, value]) =>
      pathsOf(value, path === '' ? name : `${path}.${name}`),
    ),
  ]
  const deeper = inner.filter((one) => one !== path)
  return deeper.length > 0 ? [...new Set(deeper)] : [path]
}

const schemas = new Map<string, z.ZodType>()
for (const file of globSync('lib/core/*.ts').filter((path) => !path.endsWith('.test.ts'))) {
  const module: Record<string, unknown> = await import(/* @vite-ignore */ join(process.cwd(), file))
  for (const [name, value] of Object.entries(module)) {
    if (value instanceof z.ZodType) schemas.set(name, value)
  }
}

function Rendered({ values, children }: { values: FieldValues; children: ReactNode }) {
  return h(FormProvider, { ...useForm({ defaultValues: values }), children })
}

/** The names of the inputs on the page. */
function inputNames({ variants, inputs }: AnyForm): Set<string> {
  const names = variants.flatMap((values) => {
    const html = renderToStaticMarkup(h(Rendered, { values, children: inputs(values) }))
    return [...html.matchAll(/ name="([^"]+)"/g)].map(([, name]) => name as string)
  })
  return new Set(names)
}

const fieldsOfAll = (one: AnyForm) =>
  one.variants.flatMap((values) => declaredFields(one.fields(values)))

describe.each(COVERAGE)('$schema', ({ schema, forms, part, exempt = {} }) => {
  const found = schemas.get(schema)
  if (!found) throw new Error(`There is no schema ${schema}`)
  const paths = pathsOf(
    z.toJSONSchema(found, { io: 'input', unrepresentable: 'any' }) as JsonSchema,
  )
  const covered = forms
    .flatMap(fieldsOfAll)
    .map(({ path }) => (part === undefined ? path : `${part}.${path}`))

  test('each field has an input or an exemption', () => {
    const isCovered = (path: string) =>
      covered.some((one) => one === path || path.startsWith(`${one}.`)) || path in exempt
    expect(paths.filter((path) => !isCovered(path))).toEqual([])
  })

  test('no exemption is stale', () => {
    const isNeeded = (path: string) => paths.includes(path) && !covered.includes(path)
    expect(Object.keys(exempt).filter((path) => !isNeeded(path))).toEqual([])
  })

  test('the fields exist, and their inputs are on the page', () => {
    for (const one of forms) {
      const names = inputNames(one)
      for (const { path, input } of fieldsOfAll(one)) {
        const whole = part === undefined ? path : `${part}.${path}`
        expect(paths, whole).toContain(whole)
        expect([...names], `${whole}: the input ${input}`).toContain(input)
      }
    }
  })
})

test('each form that edits an object has a test of its edits', () => {
  const fills = globSync('components/**/*-values.ts').flatMap((file) => {
    const source = readFileSync(file, 'utf8')
    const filling = source.matchAll(/^export function (\w+Values)\(\{?\s*\w/gm)
    return [...filling].map(([, name]) => name as string)
  })
  const tests = globSync('components/**/edits.test.ts').map((file) => readFileSync(file, 'utf8'))
  const checked = tests.flatMap((source) =>
    [...source.matchAll(/valuesOf: .*?(\w+Values)\b/g)].map(([, name]) => name as string),
  )
  expect(fills.filter((name) => name !== 'mergeValues').sort()).toEqual(
    [...new Set(checked)].sort(),
  )
})

test('each request of lib/client is covered', () => {
  const sent = globSync('lib/client/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/z\.input<typeof (\w+)>/g)].map(([, name]) => name),
  )
  expect([...new Set(sent)].sort()).toEqual(COVERAGE.map(({ schema }) => schema).sort())
})
