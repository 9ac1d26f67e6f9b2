import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ACCESS_KEY,
  type RunningControlPlane,
  runControlPlane,
} from '../testing/running-control-plane.ts'

const UNKNOWN = '00000000-0000-4000-8000-000000000000'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const get = (path: string) => controlPlane.call('GET', path)

test('a key names the project that new objects are in', async () => {
  const { body } = await get(`/iam/v1alpha1/api-keys/${ACCESS_KEY}`)
  expect(body).toMatchObject({ access_key: ACCESS_KEY, secret_key: null, deletable: false })
  const lb = await controlPlane.call('POST', '/lb/v1/zones/fr-par-1/lbs', { name: 'lb' })
  expect(body.default_project_id).toBe(lb.body.project_id)
  const project = await get(`/account/v3/projects/${lb.body.project_id}`)
  expect(project.body).toMatchObject({ organization_id: lb.body.organization_id, name: 'default' })
  const list = await get(`/account/v3/projects?organization_id=${lb.body.organization_id}&page=1`)
  expect(list.body).toEqual({ projects: [project.body], total_count: 1 })
  expect((await get(`/account/v3/projects?organization_id=${UNKNOWN}`)).body.total_count).toBe(0)
})

test('what is not there is said as those products do', async () => {
  const key = await get('/iam/v1alpha1/api-keys/SCWUNKNOWN')
  expect([key.status, key.body]).toEqual([
    404,
    {
      message: 'resource is not found',
      resource: 'api_key',
      resource_id: 'SCWUNKNOWN',
      type: 'not_found',
    },
  ])
  expect((await get(`/account/v3/projects/${UNKNOWN}`)).body.resource).toBe('project')
  expect((await controlPlane.call('POST', '/account/v3/projects', {})).status).toBe(405)
})
