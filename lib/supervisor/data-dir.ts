import { join, resolve } from 'node:path'

/** `FAIRLEAD_DATA_DIR`, as an absolute path. */
export function dataDirOf(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(env.FAIRLEAD_DATA_DIR || '.fairlead')
}

export function databaseFileOf(dataDir: string): string {
  return join(dataDir, 'fairlead.db')
}
