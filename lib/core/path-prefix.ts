/**
 * A `path_begin` value of an ACL or a route as paths are compared with it. The real API takes values without the leading
 * slash, which every path has, so they mean the same as with it.
 */
export function pathPrefix(value: string): string {
  return value.startsWith('/') ? value : `/${value}`
}
