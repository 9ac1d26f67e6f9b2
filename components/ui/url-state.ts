/** How a page reads a parameter of its URL. */
export type Parameter<Value> = {
  /** The value without the parameter. The URL omits it. */
  fallback: Value
  /** The value of the parameter's text; undefined where it has none. */
  parse: (text: string) => Value | undefined
}

/** The state of a page that its URL holds: a parameter each. */
export type Parameters<State> = { readonly [Name in keyof State]: Parameter<State[Name]> }

/** A text, without spaces around it. */
export const text: Parameter<string> = { fallback: '', parse: (value) => value.trim() }

/** One of some texts. */
export const oneOf = <Value extends string>(
  values: readonly Value[],
  fallback: Value,
): Parameter<Value> => ({
  fallback,
  parse: (value) => values.find((known) => known === value),
})

/** A number from 1. */
export const position: Parameter<number> = {
  fallback: 1,
  parse: (value) => (/^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined),
}

/** What `searchParams` of a page holds. */
type Query = Readonly<Record<string, string | string[] | undefined>>

/** The state that a URL's query holds. A parameter that is repeated or invalid counts as missing. */
export function readUrlState<State extends object>(
  parameters: Parameters<State>,
  query: Query,
): State {
  const entries = Object.entries<Parameter<unknown>>(parameters).map(([name, parameter]) => {
    const value = query[name]
    return [name, (typeof value === 'string' && parameter.parse(value)) || parameter.fallback]
  })
  return Object.fromEntries(entries) as State
}

/** The query that holds a state: "?order=name_asc", or "" where all values are the fallbacks. */
export function urlQuery<State extends object>(
  parameters: Parameters<State>,
  state: State,
): string {
  const changed = Object.entries<Parameter<unknown>>(parameters)
    .map(([name, { fallback }]) => [name, state[name as keyof State], fallback] as const)
    .filter(([, value, fallback]) => value !== fallback)
  const query = new URLSearchParams(changed.map(([name, value]) => [name, String(value)]))
  return query.size === 0 ? '' : `?${query}`
}
