import * as z from 'zod'
import { Id } from './fields.ts'
import { IdFilter, OrderBy, Paging } from './list.ts'

/** The few reads of Scaleway's IAM and account APIs that its command line and Terraform provider make at their start. */

/** `GET /iam/v1alpha1/api-keys/{access_key}`. */
export const IamApiKey = z.object({
  access_key: z.string(),
  /** Told once, when it was made. */
  secret_key: z.null(),
  application_id: z.string().nullable(),
  user_id: z.string().nullable(),
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
  name: z.string().optional(),
  project_ids: IdFilter,
  order_by: OrderBy,
})
export type ListProjects = z.infer<typeof ListProjects>
