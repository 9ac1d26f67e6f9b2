import type { Right } from '#lib/core/access.ts'
import { Authority } from '../authority/authority.ts'
import { permissionsDenied } from '../errors.ts'
import type { Http } from './environment.ts'

/** The right that an endpoint needs: its `needs`, else by its method. */
export function neededRight({ method, needs }: { method: string; needs?: Right }): Right {
  return needs ?? (method === 'get' ? 'read' : 'write')
}

/** The caller's authority to use a right. @throws ApiError 403 if the caller doesn't have it */
export function requireRight(http: Http, right: Right, path: string): Authority {
  const { rights, credential } = http.var
  const resource = resourceOf(path)
  if (!rights.includes(right)) throw permissionsDenied(right, resource)
  return Authority.ofCaller(credential, right, resource)
}

/** "lbs" of `/lb/v1/regions/{region}/lbs/{id}`, "tokens" of `/fairlead/v1/tokens`. */
function resourceOf(path: string): string {
  const relative = path.replace(/^\/lb\/v1\/(regions|zones)\/\{\w+\}\//, '')
  return relative.replace(/^\/fairlead\/v1\//, '').split('/')[0] ?? ''
}
