import * as z from 'zod'
import { ID_MAX, Id, TAG_MAX, textUpTo } from './fields.ts'
import { IDS_MAX, IdFilter, NameFilter, OrderBy, Paging } from './list.ts'
import { queryBoolean } from './query-values.ts'

/** The calls of Scaleway's IAM and account APIs that its CLI and Terraform provider make at their start. */

/** `GET /iam/v1alpha1/api-keys/{access_key}`. */
export const IamApiKey = z.object({
  access_key: z.string(),
  /** Returned only by the call that creates a token. */
  secret_key: z.null(),
  application_id: z.string().nullable(),
  /** The owner. */
  user_id: z.string(),
  description: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  expires_at: z.string().nullable(),
  default_project_id: z.string(),
  editable: z.boolean(),
  deletable: z.boolean(),
  managed: z.boolean(),
  creation_ip: z.string(),
})
export type IamApiKey = z.infer<typeof IamApiKey>

/** `GET /iam/v1alpha1/users/{user_id}`: an account, without its name and email, or the installation itself. */
export const IamUser = z.object({
  id: z.string(),
  type: z.enum(['unknown_type', 'owner', 'member']),
  email: z.string(),
  username: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  phone_number: z.string(),
  locale: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  organization_id: z.string(),
  deletable: z.boolean(),
  last_login_at: z.string().nullable(),
  mfa: z.boolean(),
  account_root_user_id: z.string(),
  tags: z.array(z.string()),
  locked: z.boolean(),
})
export type IamUser = z.infer<typeof IamUser>

/** `GET /iam/v1alpha1/policies`. */
export const ListPolicies = Paging.extend({
  order_by: z
    .enum(['policy_name_asc', 'policy_name_desc', 'created_at_asc', 'created_at_desc'])
    .default('created_at_asc'),
  organization_id: Id.optional(),
  policy_ids: IdFilter,
  user_ids: z.array(textUpTo(ID_MAX, 'An id')).max(IDS_MAX).default([]),
  group_ids: IdFilter,
  application_ids: IdFilter,
  policy_name: NameFilter,
  tag: textUpTo(TAG_MAX, 'tag').optional(),
  editable: queryBoolean('editable').optional(),
  no_principal: queryBoolean('no_principal').optional(),
})

export const PolicyList = z.object({ policies: z.array(z.unknown()).max(0), total_count: z.int() })
export type PolicyList = z.infer<typeof PolicyList>

/** `GET /account/v3/projects/{project_id}`. */
export const Project = z.object({
  id: z.string(),
  name: z.string(),
  organization_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  description: z.string(),
})
export type Project = z.infer<typeof Project>

export const ProjectList = z.object({ projects: z.array(Project), total_count: z.int() })
export type ProjectList = z.infer<typeof ProjectList>

export const ListProjects = Paging.extend({
  organization_id: Id.optional(),
  name: NameFilter,
  project_ids: IdFilter,
  order_by: OrderBy,
})
export type ListProjects = z.infer<typeof ListProjects>
