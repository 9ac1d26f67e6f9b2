import { resolve } from 'node:path'
import { defaultKeyFile, KEY_FILE_SETTING } from '#lib/control-plane/secrets/key-file.ts'
import type { Environment } from './environment.ts'

/** `FAIRLEAD_SECRETS_KEY_FILE`, as an absolute path. Default: beside the database. */
export function keyFileOf(env: Environment, databaseFile: string): string {
  return resolve(env[KEY_FILE_SETTING] || defaultKeyFile(databaseFile))
}
