import { insideQuotes } from '#components/code/shell.ts'
import { idName } from './id-names.ts'

/**
 * A call as a shell command. The secret key is a variable, so that it does not get into the shell's history.
 * @param body the JSON value to send; undefined for none
 */
export function curlExample(call: {
  apiUrl: string
  method: string
  path: string
  body: unknown
  isStream: boolean
}): string {
  const { apiUrl, method, path, body, isStream } = call
  const address = path
    .replace('{region}', 'fr-par')
    .replaceAll(
      /\{(\w+)\}/g,
      (_, name) => `$${(name === 'id' ? idName(path) : name).toUpperCase()}`,
    )
  const options = [
    isStream ? '--no-buffer' : '',
    method === 'GET' ? '' : `--request ${method}`,
    '--header "X-Auth-Token: $SCW_SECRET_KEY"',
    ...(body === undefined
      ? []
      : [
          '--header "Content-Type: application/json"',
          `--data '${insideQuotes(JSON.stringify(body, null, 2))}'`,
        ]),
  ].filter(Boolean)
  return [`curl "${apiUrl}${address}"`, ...options].join(' \\\n  ')
}
