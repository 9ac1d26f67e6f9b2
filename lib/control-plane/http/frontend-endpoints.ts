import {
  CreateFrontend,
  Frontend,
  FrontendList,
  ListFrontends,
  UpdateFrontend,
} from '#lib/core/frontend.ts'
import { createFrontend } from '../services/frontends/create-frontend.ts'
import { deleteFrontend } from '../services/frontends/delete-frontend.ts'
import { getFrontend } from '../services/frontends/get-frontend.ts'
import { listFrontends } from '../services/frontends/list-frontends.ts'
import { updateFrontend } from '../services/frontends/update-frontend.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

export const FRONTEND_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/lbs/{id}/frontends',
    summary: "List a load balancer's frontends",
    query: ListFrontends,
    response: FrontendList,
    handle: async (call) => ({ value: await listFrontends(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/frontends',
    summary: 'Create a frontend',
    body: CreateFrontend,
    response: Frontend,
    handle: createFrontend,
  },
  {
    method: 'get',
    path: '/frontends/{id}',
    summary: 'Get a frontend',
    response: Frontend,
    handle: getFrontend,
  },
  {
    method: 'put',
    path: '/frontends/{id}',
    summary: 'Update a frontend',
    body: UpdateFrontend,
    response: Frontend,
    handle: updateFrontend,
  },
  {
    method: 'delete',
    path: '/frontends/{id}',
    summary: 'Delete a frontend',
    response: null,
    handle: deleteFrontend,
  },
]
