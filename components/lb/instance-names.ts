import type { Instance } from '#lib/core/lb.ts'

/** What people call an instance's role. */
export const INSTANCE_NAMES: Record<Instance['role'], string> = {
  master: 'Master',
  backup: 'Backup',
}
