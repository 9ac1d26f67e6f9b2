import { searchIndex } from '#components/docs/pages/search-index.ts'
import { currentSession } from '#lib/bff/api.ts'
import { ControlPlaneUnavailable } from '#lib/bff/control-plane.ts'
import { unauthenticated } from '#lib/bff/relay.ts'
import { respond, unavailableResponse } from '#lib/bff/respond.ts'

/** The index of the documentation that the palette searches. It requires a session. */
export async function GET(): Promise<Response> {
  try {
    return (await currentSession()) ? respond(200, searchIndex()) : unauthenticated()
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return unavailableResponse(error)
    throw error
  }
}
