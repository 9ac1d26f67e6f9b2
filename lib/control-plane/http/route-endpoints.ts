import { CreateRoute, ListRoutes, Route, RouteList, UpdateRoute } from '#lib/core/route.ts'
import { createRoute } from '../services/routes/create-route.ts'
import { deleteRoute } from '../services/routes/delete-route.ts'
import { getRoute } from '../services/routes/get-route.ts'
import { listRoutes } from '../services/routes/list-routes.ts'
import { updateRoute } from '../services/routes/update-route.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

export const ROUTE_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/routes',
    summary: 'List routes',
    query: ListRoutes,
    response: RouteList,
    handle: async (call) => ({ value: await listRoutes(call) }),
  },
  {
    method: 'post',
    path: '/routes',
    summary: 'Create a route on a frontend',
    body: CreateRoute,
    response: Route,
    handle: createRoute,
  },
  {
    method: 'get',
    path: '/routes/{id}',
    summary: 'Get a route',
    response: Route,
    handle: getRoute,
  },
  {
    method: 'put',
    path: '/routes/{id}',
    summary: 'Update a route',
    body: UpdateRoute,
    response: Route,
    handle: updateRoute,
  },
  {
    method: 'delete',
    path: '/routes/{id}',
    summary: 'Delete a route',
    response: null,
    handle: deleteRoute,
  },
]
