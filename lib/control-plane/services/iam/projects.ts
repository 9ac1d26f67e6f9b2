import { foldCase } from '#lib/core/fold-case.ts'
import { ListProjects, type Project, type ProjectList } from '#lib/core/iam.ts'
import type { Context } from '../../context.ts'
import { resourceNotFound } from '../../errors.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** The installation's project, if it matches the filter. */
export function listProjects({ ctx, query }: CallWith<'query', 'owner'>): ProjectList {
  const filter = parseInput(ListProjects, query)
  const { page, page_size, organization_id: organization, name = '', project_ids: ids } = filter
  // There is one project, so the order doesn't matter.
  const all = [projectOf(ctx)].filter(
    (project) =>
      (organization === undefined || project.organization_id === organization) &&
      foldCase(project.name).includes(foldCase(name)) &&
      (ids.length === 0 || ids.includes(project.id)),
  )
  const first = (page - 1) * page_size
  return { projects: all.slice(first, first + page_size), total_count: all.length }
}

/** @throws ApiError 404 */
export function getProject({ ctx, id }: CallWith<'id', 'owner'>): Project {
  if (id.toLowerCase() === ctx.owner.projectId) return projectOf(ctx)
  throw resourceNotFound('project', id)
}

function projectOf({ owner }: Pick<Context, 'owner'>): Project {
  const { projectId: id, organizationId: organization_id, since } = owner
  return {
    id,
    name: 'default',
    organization_id,
    created_at: since,
    updated_at: since,
    description: '',
  }
}
