import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ACCESS_KEY,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const UNKNOWN = '00000000-0000-4000-8000-000000000000'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const get = (path: string) => controlPlane.call('GET', path)

test('a key has the project of new objects', async () => {
  const { body } = await get(`/iam/v1alpha1/api-keys/${ACCESS_KEY}`)
  expect(body).toMatchObject({ access_key: ACCESS_KEY, secret_key: null, deletable: false })
  const lb = await controlPlane.call('POST', '/lb/v1/zones/fr-par-1/lbs', { name: 'lb' })
  expect(body.default_project_id).toBe(lb.body.project_id)
  const project = await get(`/account/v3/projects/${lb.body.project_id}`)
  expect(project.body).toMatchObject({ organization_id: lb.body.organization_id, name: 'default' })
  const list = await get(`/account/v3/projects?organization_id=${lb.body.organization_id}&page=1`)
  expect(list.body).toEqual({ projects: [project.body], total_count: 1 })
  expect((await get('/account/v3/projects?name=EFAU')).body).toEqual(list.body)
  expect((await get('/account/v3/projects?name=other')).body.total_count).toBe(0)
  expect((await get(`/account/v3/projects?organization_id=${UNKNOWN}`)).body.total_count).toBe(0)
})

test('a 404 is worded as in those products', async () => {
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

test('a key has the account that owns it, or the installation', async () => {
  const organization = (await get('/account/v3/projects')).body.projects[0].organization_id
  const bearer = async (accessKey: string) => {
    const key = (await get(`/iam/v1alpha1/api-keys/${accessKey}`)).body
    const user = (await get(`/iam/v1alpha1/users/${key.user_id}`)).body
    expect(user.id).toBe(key.user_id)
    return user
  }
  expect(await bearer(ACCESS_KEY)).toMatchObject({ id: organization, type: 'owner', email: '' })

  const byToken = (await controlPlane.call('POST', '/fairlead/v1/tokens', { name: 'by a token' }))
    .body
  expect(await bearer(byToken.access_key)).toMatchObject({ id: organization, type: 'owner' })

  const { database } = controlPlane
  const at = '2026-01-01T00:00:00.000Z'
  const account = {
    ...{ disabled: 0, last_login_at: null, emailVerified: 1, createdAt: at, updatedAt: at },
  }
  const accounts = [
    { ...account, id: 'ada-id', email: 'ada@example.com', name: 'Ada', role: 'owner' as const },
    { ...account, id: 'eve-id', email: 'eve@example.com', name: 'Eve', role: 'editor' as const },
  ]
  await database.insertInto('users').values(accounts).execute()
  for (const [name, type] of [
    ['ada', 'owner'],
    ['eve', 'member'],
  ] as const) {
    await database
      .updateTable('api_tokens')
      .set({ owner_id: `${name}-id` })
      .where('access_key', '=', byToken.access_key)
      .execute()
    const user = await bearer(byToken.access_key)
    expect(user).toMatchObject({ id: `${name}-id`, type, organization_id: organization })
    expect(JSON.stringify(user)).not.toContain('@')
  }
  await database.deleteFrom('users').where('id', '=', 'eve-id').execute()
  expect(await bearer(byToken.access_key)).toMatchObject({ id: organization })
  expect((await get('/iam/v1alpha1/users/nobody')).body).toMatchObject({
    resource: 'user',
    resource_id: 'nobody',
    type: 'not_found',
  })
})

test('there are no policies, with any filter', async () => {
  const filters = 'user_ids=ada-id&user_ids=eve-id&editable=True&order_by=policy_name_asc&page=1'
  for (const query of ['', filters]) {
    const { status, body } = await get(`/iam/v1alpha1/policies?${query}`)
    expect([status, body]).toEqual([200, { policies: [], total_count: 0 }])
  }
  expect((await get('/iam/v1alpha1/policies?order_by=id')).status).toBe(400)
})
