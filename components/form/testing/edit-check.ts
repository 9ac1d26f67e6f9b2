import { expect } from 'vitest'
import { leavesOf, type Values } from '#components/lb/form/merge-values.ts'

/** Sends a request to a control plane. */
export type Call = (
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<{ status: number; body: unknown }>

export const REGION = '/lb/v1/regions/fr-par'
/** How many objects of a kind are edited. */
export const OBJECTS = 6

/** The body of a successful response. */
export async function ok<T>(
  call: Call,
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
): Promise<T> {
  const response = await call(method, path, body, headers)
  expect(response.status, `${method} ${path}: ${JSON.stringify(response.body)}`).toBeLessThan(300)
  return response.body as T
}

/** Pseudo-random numbers, the same in each run. */
let state = 13
export function below(count: number): number {
  state = (state * 48271) % 0x7fffffff
  return state % count
}
export const oneOf = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T
export const maybe = <T>(value: T): T | null => (below(2) === 0 ? null : value)
export const someOf = <T>(choices: readonly T[]): T[] => choices.filter(() => below(2) === 0)

/** Texts that inputs alter: spaces, separators, line breaks. */
export const TEXTS = [
  'plain',
  ' spaces around ',
  'a, b',
  'line\nbreak',
  'crlf\r\nend ',
  '"quoted"',
  'ü\tx',
]
const NAMES = ['web', 'a, b', 'Straße', "it's", 'x'.repeat(255)]
let serial = 0
export const newName = () => `${oneOf(NAMES)} ${++serial}`.slice(-255).trim()

/** The paths of the fields that differ, such as "health_check.port". Versions and parents are ignored. */
export function differences(one: unknown, other: unknown, path = ''): string[] {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null
  if (!isObject(one) || !isObject(other) || Array.isArray(one) || Array.isArray(other)) {
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [path]
  }
  const [before, after] = [one, other] as Record<string, unknown>[]
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  return [...names].flatMap((name) =>
    /^(updated_at|lb|frontend|backend|instances|subscriber)$/.test(name)
      ? []
      : differences(before?.[name], after?.[name], path ? `${path}.${name}` : name),
  )
}

/** A form that edits an object. */
export type EditForm<Version, Inputs extends object> = {
  create: () => Promise<Version>
  read: (version: Version) => Promise<Version>
  valuesOf: (version: Version) => Inputs
  /** Sends what the form sends. */
  save: (inputs: Inputs, base: Version) => Promise<unknown>
  /** Whether the form accepts the inputs. */
  isValid: (inputs: Inputs, base: Version) => boolean
  /** Inputs that can't change alone. */
  fixed?: RegExp
  /** The API's fields that an input changes. */
  fieldsOf: (input: string) => RegExp
}

/** The API's fields by input; a timeout of a backend changes the field of its name. */
export const fieldsBy = (fields: Record<string, RegExp>) => (input: string) => {
  const timeout = /^timeouts\.(\w+)$/.exec(input)
  return fields[input] ?? new RegExp(`^timeout_${timeout?.[1]}$`)
}

function withLeaf(inputs: Values, path: string, value: unknown): Values {
  const [name = '', ...rest] = path.split('.')
  const inner = inputs[name]
  return {
    ...inputs,
    [name]: rest.length === 0 ? value : withLeaf(inner as Values, rest.join('.'), value),
  } as Values
}

/**
 * Creates objects with everything that the API accepts, saves each of them untouched, and then with each input changed to
 * its value for another object. Expects that only the fields of that input change.
 * @returns how many changes were saved
 */
export async function checkEdits<Version, Inputs extends object>(
  form: EditForm<Version, Inputs>,
): Promise<number> {
  const objects: Version[] = []
  for (let index = 0; index < OBJECTS; index++) objects.push(await form.create())
  let saved = 0
  for (const object of objects) {
    let base = await form.read(object)
    await form.save(form.valuesOf(base), base)
    expect(differences(base, await form.read(base)), 'saved untouched').toEqual([])
    const others = objects.map((one) => leavesOf(form.valuesOf(one) as unknown as Values))
    for (const [input, value] of leavesOf(form.valuesOf(base) as unknown as Values)) {
      if (input === 'key' || form.fixed?.test(input)) continue
      base = await form.read(base)
      const values = others.map((leaves) => leaves.get(input)).filter((other) => other !== value)
      if (values.length === 0) continue
      const now = form.valuesOf(base) as unknown as Values
      const inputs = withLeaf(now, input, oneOf(values)) as unknown as Inputs
      if (!form.isValid(inputs, base)) continue
      await form.save(inputs, base)
      const changed = differences(base, await form.read(base))
      const wrong = changed.filter((path) => !form.fieldsOf(input).test(path))
      expect(wrong, `${input}: ${JSON.stringify([base, inputs])}`).toEqual([])
      saved += 1
    }
  }
  return saved
}
