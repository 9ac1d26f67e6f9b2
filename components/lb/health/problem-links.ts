import { consolePath } from '#lib/client/console-path.ts'
import type { Problem, ProblemAction } from '#lib/core/problem.ts'

/** The object of a problem as a word and a link; null for the load balancer itself. */
export function objectOf(
  lbId: string,
  { object: { type, id, name } }: Pick<Problem, 'object'>,
): { word: string; name: string; href: string } | null {
  switch (type) {
    case 'load_balancer':
      return null
    case 'frontend':
      return { word: 'Frontend', name, href: consolePath.frontend(lbId, id) }
    case 'backend':
      return { word: 'Backend', name, href: consolePath.backend(lbId, id) }
    case 'certificate':
      return { word: 'Certificate', name, href: consolePath.certificates(lbId) }
    case 'node':
      return { word: 'Node', name, href: consolePath.nodes() }
  }
}

type Link = { label: string; href: string; changes: boolean }

const LINKS: Record<ProblemAction, (lbId: string, id: string) => Link> = {
  add_servers: (lbId, id) => edit('Add servers', consolePath.editBackend(lbId, id, 'servers')),
  edit_health_check: (lbId, id) =>
    edit('Edit health check', consolePath.editBackend(lbId, id, 'check.kind')),
  edit_backend: (lbId, id) => edit('Edit backend', consolePath.editBackend(lbId, id, 'name')),
  edit_frontend: (lbId, id) => edit('Edit frontend', consolePath.editFrontend(lbId, id, 'port')),
  edit_acls: (lbId, id) => edit('Edit ACLs', consolePath.frontendRouting(lbId, id)),
  replace_certificate: (lbId) => edit('Replace certificate', consolePath.certificates(lbId)),
  show_history: (lbId) => show('Show history', consolePath.history(lbId)),
  show_nodes: () => show('Show nodes', consolePath.nodes()),
  show_traffic: (lbId) => show('Show traffic', `${consolePath.loadBalancer(lbId)}#traffic`),
}

const edit = (label: string, href: string): Link => ({ label, href, changes: true })
const show = (label: string, href: string): Link => ({ label, href, changes: false })

/** The link to what usually resolves a problem; null if it resolves itself. */
export function problemAction(lbId: string, { object, action }: Problem): Link | null {
  return action && LINKS[action](lbId, object.id)
}
