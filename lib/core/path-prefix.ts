/**
 * The prefix that paths are compared with, for a `path_begin` value of an ACL or a route. The leading slash of the value is optional,
 * as in Scaleway's API.
 */
export function pathPrefix(value: string): string {
  return value.startsWith('/') ? value : `/${value}`
}
