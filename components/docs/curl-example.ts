/** What the variable of a path's `{id}` is called: after what the path names before it. */
function idVariable(path: string): string {
  const [, resource = ''] = /([\w-]+)\/\{id\}/.exec(path) ?? []
  return `$${resource.replace(/s$/, '').replaceAll('-', '_').toUpperCase()}_ID`
}

/**
 * A call as a shell command. The secret key stays a variable, so that it is not in the shell's history.
 * @param body the JSON value to send; undefined for none
 */
export function curlExample(call: {
  apiUrl: string
  method: string
  path: string
  body: unknown
  endless: boolean
}): string {
  const { apiUrl, method, path, body, endless } = call
  const address = path.replace('{region}', 'fr-par').replace('{id}', idVariable(path))
  const options = [
    endless ? '--no-buffer' : '',
    method === 'GET' ? '' : `--request ${method}`,
    '--header "X-Auth-Token: $SCW_SECRET_KEY"',
    ...(body === undefined
      ? []
      : [
          '--header "Content-Type: application/json"',
          `--data '${quoted(JSON.stringify(body, null, 2))}'`,
        ]),
  ].filter(Boolean)
  return [`curl "${apiUrl}${address}"`, ...options].join(' \\\n  ')
}

/** Text for single quotes of a POSIX shell. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''")
}
