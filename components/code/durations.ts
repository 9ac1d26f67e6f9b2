/** The fields that are a number of milliseconds in the API. */
const MILLISECONDS = new Set([
  'timeout_server',
  'timeout_connect',
  'timeout_tunnel',
  'timeout_client',
  'check_delay',
  'check_timeout',
])

/** Whether a field of the API is a number of milliseconds. */
export function isMilliseconds(field: string): boolean {
  return MILLISECONDS.has(field)
}

/** Milliseconds as scw and Terraform read them: `5s`, `250ms`. */
export function goDuration(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`
}
