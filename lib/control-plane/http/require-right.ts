import type { Right } from '#lib/core/access.ts'
import { permissionsDenied } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'
import type { Http } from './environment.ts'

/** What a call needs: what it says itself, or by its method. A GET changes nothing. */
export function neededRight({ method, needs }: Pick<Endpoint<never>, 'method' | 'needs'>): Right {
  return needs ?? (method === 'get' ? 'read' : 'write')
}

/** @throws ApiError 403 where who asks has not got the right */
export function requireRight(http: Http, right: Right, path: string): void {
  if (http.var.rights.includes(right)) return
  throw permissionsDenied(right, resourceOf(path))
}

/** "lbs" of `/lb/v1/regions/{region}/lbs/{id}`, "tokens" of `/fairlead/v1/tokens`. */
function resourceOf(path: string): string {
  const place = path.replace(/^\/lb\/v1\/(regions|zones)\/\{\w+\}\//, '')
  return place.replace(/^\/fairlead\/v1\//, '').split('/')[0] ?? ''
}
