import type { Right } from '#lib/core/access.ts'
import { Authority } from '../authority/authority.ts'
import { permissionsDenied } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'
import type { Http } from './environment.ts'

/** What a call needs: what it says itself, or by its method. A GET changes nothing. */
export function neededRight({ method, needs }: Pick<Endpoint<never>, 'method' | 'needs'>): Right {
  return needs ?? (method === 'get' ? 'read' : 'write')
}

/** The authority of who asks to use a right. @throws ApiError 403 where they have not got it */
export function requireRight(http: Http, right: Right, path: string): Authority {
  const { rights, credential } = http.var
  const resource = resourceOf(path)
  if (!rights.includes(right)) throw permissionsDenied(right, resource)
  return Authority.ofCaller(credential, right, resource)
}

/** "lbs" of `/lb/v1/regions/{region}/lbs/{id}`, "tokens" of `/fairlead/v1/tokens`. */
function resourceOf(path: string): string {
  const place = path.replace(/^\/lb\/v1\/(regions|zones)\/\{\w+\}\//, '')
  return place.replace(/^\/fairlead\/v1\//, '').split('/')[0] ?? ''
}
