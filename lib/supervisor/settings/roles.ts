const NAME = 'FAIRLEAD_ROLES'

/** What a machine runs. */
export const ROLES = ['control-plane', 'console', 'node'] as const
export type Role = (typeof ROLES)[number]

/**
 * Parses `FAIRLEAD_ROLES`: `control-plane,console`. Default: all.
 * @throws Error in one line.
 */
export function parseRoles(text: string | undefined): ReadonlySet<Role> {
  if (!text) return new Set(ROLES)
  const roles = text.split(',').map((part) => part.trim())
  for (const role of roles) {
    if (!isRole(role)) {
      throw new Error(`${NAME}: "${role}" is not a role. The roles are ${ROLES.join(', ')}.`)
    }
  }
  return new Set(roles.filter(isRole))
}

const isRole = (text: string): text is Role => ROLES.some((role) => role === text)

/**
 * The roles of a machine that has not joined another one.
 * @throws Error in one line.
 */
export function requireControlPlane(roles: ReadonlySet<Role>): void {
  if (roles.has('control-plane')) return
  throw new Error(
    `${NAME} has no control-plane, and this machine has not joined one. To add it as a node, run the command that the console ` +
      'shows under Nodes › Add a node: npm run join.',
  )
}

/**
 * The roles of a joined host, which has its node only.
 * @throws Error in one line.
 */
export function requireNodeOnly(text: string | undefined): void {
  if (!text || text.trim() === 'node') return
  throw new Error(
    `${NAME} must be "node" or unset on a host that joins. For a control plane, set FAIRLEAD_DATA_DIR to another directory.`,
  )
}
