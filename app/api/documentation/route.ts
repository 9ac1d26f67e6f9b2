import { searchIndex } from '#components/docs/pages/search-index.ts'
import { answer, unavailable } from '#lib/bff/answer.ts'
import { currentSession } from '#lib/bff/api.ts'
import { ControlPlaneUnavailable } from '#lib/bff/control-plane.ts'
import { unauthenticated } from '#lib/bff/relay.ts'

/** What the palette searches the documentation in, for those who may read it. */
export async function GET(): Promise<Response> {
  try {
    return (await currentSession()) ? answer(200, searchIndex()) : unauthenticated()
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return unavailable(error)
    throw error
  }
}
