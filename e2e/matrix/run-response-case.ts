import { sendPieces, type Target } from '../../lib/testing/runtime/raw-client.ts'
import { get, type ResponseCase } from './case.ts'
import { answersIn } from './other-parser.ts'

export type ResponseResult = { allowed: boolean; details: string }

/** The first request. The client sends no further one. */
const alone = (request: string) => request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')

/**
 * Sends a request to a proxy whose server sends the case's response, and then a second one, which must not reuse a connection in
 * an unknown state.
 * @param connections the number of connections that the server has accepted
 */
export async function runResponseCase(
  row: ResponseCase,
  proxy: Target,
  connections: () => number,
): Promise<ResponseResult> {
  const request = row.request ?? get()
  const upgrade = /upgrade/i.test(request)
  const first = await sendPieces(proxy, upgrade ? request : alone(request), 65_536, upgrade)
  const second = await sendPieces(proxy, alone(get('', '/2')), 65_536, false)
  const problems = [
    ...(first.timedOut ? ['hung'] : []),
    ...(row.has ?? [])
      .filter((pattern) => !pattern.test(first.text))
      .map((pattern) => `no ${pattern}`),
    ...(row.hasNot ?? []).filter((pattern) => pattern.test(first.text)).map(String),
    ...parsingProblems(first.text, request),
    ...(second.text.endsWith('next') ? [] : ['the next request was not served']),
    ...(!row.reusable && connections() < 2 ? ['the connection was used again'] : []),
  ]
  return { allowed: problems.length === 0, details: problems.join('; ') }
}

/** Responses that another parser can't read. There are at most as many as requests. */
function parsingProblems(text: string, request: string): string[] {
  const asked = request.match(/ HTTP\/1\.\d\r\n/g)?.length ?? 0
  try {
    const { length } = answersIn(Buffer.from(text, 'latin1'), request.split(' ', 1)[0] ?? '')
    return length > asked ? [`another parser finds ${length} answers`] : []
  } catch (error) {
    return [`another parser fails: ${String(error)}`]
  }
}
