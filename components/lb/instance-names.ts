import type { Instance } from '#lib/core/lb.ts'

/** The names of an instance's roles. */
export const INSTANCE_NAMES: Record<Instance['role'], string> = {
  master: 'Master',
  backup: 'Backup',
}
