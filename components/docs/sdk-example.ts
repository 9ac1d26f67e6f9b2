import { Reference, type Value } from '#components/code/reference.ts'
import { camelCase, sdkLiteral } from '#components/code/sdk-literal.ts'
import { idName } from './id-names.ts'
import { SDK_METHODS } from './sdk-methods.ts'

const REGIONAL = '/lb/v1/regions/{region}'

/**
 * A call in TypeScript with Scaleway's SDK; null if the SDK lacks it. `api` is a `Lbv1.ZonedAPI`, and IDs are variables
 * such as `lbId`.
 * @param body the request's body with the API's field names; undefined for none
 */
export function sdkExample(call: { method: string; path: string; body: unknown }): string | null {
  const { method, path, body } = call
  if (!path.startsWith(REGIONAL)) return null
  const sdkMethod = SDK_METHODS[`${method} ${path.slice(REGIONAL.length)}`]
  if (!sdkMethod) return null
  const ids = [...path.matchAll(/\{(\w*id)\}/g)].map(([, name = '']) => {
    const field = name === 'id' ? idName(path) : name
    return [field, new Reference('id', field)] as const
  })
  const request: Value = { ...Object.fromEntries(ids), ...(body as Record<string, Value>) }
  const isEmpty = Object.keys(request).length === 0
  const argument = isEmpty ? '' : sdkLiteral(request, ({ label }) => camelCase(label))
  return `const answer = await api.${sdkMethod}(${argument})`
}
