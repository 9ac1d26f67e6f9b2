import {
  IamApiKey,
  IamUser,
  ListPolicies,
  ListProjects,
  PolicyList,
  Project,
  ProjectList,
} from '#lib/core/iam.ts'
import { getApiKey } from '../services/iam/get-api-key.ts'
import { getProject, listProjects } from '../services/iam/projects.ts'
import { getUser, listPolicies } from '../services/iam/users.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** What Scaleway's CLI and Terraform provider read from other products, under `/`. */
export const IAM_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/iam/v1alpha1/api-keys/{id}',
    summary: 'Get an API token as an IAM API key',
    response: IamApiKey,
    handle: async (call) => ({ value: await getApiKey(call) }),
  },
  {
    method: 'get',
    path: '/iam/v1alpha1/users/{id}',
    summary: 'Get an account as an IAM user',
    response: IamUser,
    handle: async (call) => ({ value: await getUser(call) }),
  },
  {
    method: 'get',
    path: '/iam/v1alpha1/policies',
    summary: 'List policies. Always empty: roles and token scopes decide access',
    query: ListPolicies,
    response: PolicyList,
    handle: async (call) => ({ value: listPolicies(call) }),
  },
  {
    method: 'get',
    path: '/account/v3/projects',
    summary: 'List projects. An installation is one project',
    query: ListProjects,
    response: ProjectList,
    handle: async (call) => ({ value: listProjects(call) }),
  },
  {
    method: 'get',
    path: '/account/v3/projects/{id}',
    summary: "Get the installation's project",
    response: Project,
    handle: async (call) => ({ value: getProject(call) }),
  },
]
