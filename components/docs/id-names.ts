/** Resources whose name in paths differs from that in IDs. */
const OBJECTS: Record<string, string> = { subscription: 'subscriber', tokens: 'token' }

/** The name of a path's `id`, from the segment before it: `backend_id` for `/backends/{id}`. */
export function idName(path: string): string {
  const [, resource = ''] = /([\w-]+)\/\{id\}/.exec(path) ?? []
  return `${(OBJECTS[resource] ?? resource.replace(/s$/, '')).replaceAll('-', '_')}_id`
}
