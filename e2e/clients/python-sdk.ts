import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { OpenedSdk, SdkApi, SdkSettings } from './opened-sdk.ts'

const PROGRAM = join(import.meta.dirname, 'python_sdk.py')
const SETTING = 'FAIRLEAD_TEST_PYTHON'

/**
 * The Python that has the SDK: that of the setting, or the one on the PATH. Without either, why its tests are skipped.
 * @throws where the setting names one that has not
 */
export function findSdkPython(): { python: string; missing: null } | { missing: string } {
  const named = process.env[SETTING]
  const python = named || 'python3'
  const { status, error, stderr } = spawnSync(python, ['-c', 'import scaleway'], {
    encoding: 'utf8',
  })
  if (status === 0) return { python, missing: null }
  if (named) throw new Error(`${SETTING}: ${named} can't import scaleway. ${error ?? stderr}`)
  const missing = `Scaleway's SDK for Python is missing. Install it: pip install scaleway. Or set ${SETTING} to a Python that has it.`
  return { missing }
}

/** What an SDK throws where the API refuses: as the SDK for JavaScript has it. */
export class SdkError extends Error {
  readonly status: number | null
  readonly body: Record<string, unknown>

  constructor(status: number | null, body: Record<string, unknown>) {
    super(`${status}: ${JSON.stringify(body)}`)
    this.status = status
    this.body = body
  }
}

type Answer =
  | { result: unknown }
  | { error: { status: number | null; body: Record<string, unknown> } }

/** A class of the SDK for Python, in a separate process. One call at a time. */
export async function openPythonSdk(
  python: string,
  kind: 'LbV1API' | 'LbV1ZonedAPI',
  { apiUrl, accessKey, secretKey, projectId, organizationId }: SdkSettings,
): Promise<OpenedSdk> {
  const child = spawn(python, [PROGRAM, kind], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      // Its HTTP library would use the environment's proxy even for this machine.
      NO_PROXY: '*',
      SCW_API_URL: apiUrl,
      SCW_ACCESS_KEY: accessKey,
      SCW_SECRET_KEY: secretKey,
      SCW_DEFAULT_PROJECT_ID: projectId,
      SCW_DEFAULT_ORGANIZATION_ID: organizationId,
    },
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('The Python process has ended. Its output says why.')
    return JSON.parse(value)
  }
  const methods = new Set(await next<string[]>())
  const called = new Set<string>()

  const call = async (method: string, args: object) => {
    called.add(method).add(`${method}All`)
    child.stdin.write(`${JSON.stringify({ method, args })}\n`)
    const answer = await next<Answer>()
    if ('result' in answer) return answer.result
    throw new SdkError(answer.error.status, answer.error.body)
  }
  const api = new Proxy({} as SdkApi, {
    has: (_target, name) => methods.has(String(name)),
    get: (_target, name) =>
      methods.has(String(name)) ? (args: object = {}) => call(String(name), args) : undefined,
  })
  return {
    api,
    uncalled: () => [...methods].filter((method) => !called.has(method)),
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
