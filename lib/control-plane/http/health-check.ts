import { setTimeout as after } from 'node:timers/promises'
import { DatabaseProblem } from '../store/database-problem.ts'
import type { Reader } from '../store/reader.ts'
import type { Http } from './environment.ts'

/** How long the database may take. Milliseconds. */
const ANSWER_MS = 2000
/** How long a result is used again, because anyone can ask. Milliseconds. */
const REUSE_MS = 500

/** `GET /healthz`: 200 while the database answers reads, else 503. It says nothing else, because it is public. */
export function healthCheck(reader: Reader): (http: Http) => Promise<Response> {
  let asked = Number.NEGATIVE_INFINITY
  let result: Promise<boolean> = Promise.resolve(false)
  return async (http) => {
    if (performance.now() - asked >= REUSE_MS) {
      asked = performance.now()
      result = Promise.race([answers(reader), after(ANSWER_MS, false, { ref: false })])
    }
    return (await result)
      ? http.json({ status: 'ok' }, 200)
      : http.json({ status: 'unavailable' }, 503)
  }
}

async function answers(reader: Reader): Promise<boolean> {
  try {
    await reader.selectFrom('settings').select('key').limit(1).execute()
    return true
  } catch (error) {
    if (error instanceof DatabaseProblem) return false
    throw error
  }
}
