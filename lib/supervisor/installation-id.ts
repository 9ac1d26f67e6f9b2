import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ID = /^[0-9a-f]{12}$/

/**
 * The installation's ID, which is part of the names of the console's cookies and browser storage, because browsers share cookies
 * between all ports of a host. It is created at the first start and kept in the data directory. If it can't be saved, it is a hash
 * of the directory's path.
 * @returns 12 hexadecimal digits
 */
export function installationId(dataDir: string): string {
  const file = join(dataDir, 'installation-id')
  try {
    const kept = readFileSync(file, 'utf8').trim()
    if (ID.test(kept)) return kept
  } catch {
    // It doesn't exist yet, or can't be read.
  }
  const made = randomBytes(6).toString('hex')
  try {
    writeFileSync(file, `${made}\n`, { mode: 0o600 })
    return made
  } catch {
    return createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  }
}

/**
 * The ID of an installation with several control planes, which share the key file: the same on each machine.
 * @returns 12 hexadecimal digits
 * @throws Error if the file can't be read; the control plane creates it
 */
export function sharedInstallationId(keyFile: string): string {
  const hash = createHash('sha256').update('fairlead installation id\n')
  return hash.update(readFileSync(keyFile, 'utf8').trim()).digest('hex').slice(0, 12)
}
