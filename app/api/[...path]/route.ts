import { relay } from '#lib/bff/relay.ts'

/** `/api/lb/v1/…` and `/api/fairlead/v1/…`: the control plane's endpoints, with the visitor's session. */
const handle = (request: Request) =>
  relay(request, new URL(request.url).pathname.slice('/api'.length))

export const GET = handle
export const POST = handle
export const PUT = handle
export const PATCH = handle
export const DELETE = handle
