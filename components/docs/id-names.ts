/** What the paths call some objects otherwise than their ids are called. */
const OBJECTS: Record<string, string> = { subscription: 'subscriber', tokens: 'token' }

/** What the id in a path is called: `backend_id` for `/backends/{id}`, after what the path names before it. */
export function idName(path: string): string {
  const [, resource = ''] = /([\w-]+)\/\{id\}/.exec(path) ?? []
  return `${(OBJECTS[resource] ?? resource.replace(/s$/, '')).replaceAll('-', '_')}_id`
}
