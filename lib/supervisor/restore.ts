import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { restore } from '#lib/control-plane/backup/restore.ts'
import { summaryText } from '#lib/control-plane/store/dialect/sqlite/check-database.ts'
import { errorMessage } from '#lib/process/file-problem.ts'
import { databaseFileOf, dataDirOf, secureDataDir } from './data-dir.ts'
import { lockDataDir } from './installation-lock.ts'
import { howToRestore } from './postgres-backup.ts'
import { readDatabaseUrl } from './settings/database-url.ts'
import { keyFileOf } from './settings/key-file.ts'
import { print } from './terminal.ts'

process.umask(0o077)
process.title = 'fairlead restore'

const USAGE =
  'Usage: npm run restore -- FILE. If the secrets key is lost: npm run restore -- FILE --reset-secrets'

function readArguments(): { file: string; reset: boolean } {
  try {
    const options = { 'reset-secrets': { type: 'boolean', default: false } } as const
    const { positionals, values } = parseArgs({ options, allowPositionals: true })
    const [file, ...more] = positionals
    if (file && more.length === 0) return { file: resolve(file), reset: values['reset-secrets'] }
  } catch {
    // Invalid arguments are answered with the usage.
  }
  throw new Error(USAGE)
}

function main(): void {
  const { file, reset } = readArguments()
  const address = readDatabaseUrl(process.env)
  if (address) throw new Error(howToRestore(address, file))
  const dataDir = dataDirOf(process.env)
  const databaseFile = databaseFileOf(dataDir)
  const keyFile = keyFileOf(process.env, databaseFile)
  for (const line of secureDataDir(dataDir)) print(line)
  const { release, wasAbandoned } = lockDataDir(dataDir)
  try {
    const { summary, replacedFile } = restore(file, databaseFile, { keyFile, resetSecrets: reset })
    print(`Restored ${databaseFile}: ${summaryText(summary)}.`)
    if (reset) {
      print(
        'Its secrets were reset: import certificates again, and create new signing secrets for webhooks.',
      )
    }
    if (replacedFile) print(`The previous database is kept as ${replacedFile}.`)
    print(
      'Start Fairlead now. Nodes keep serving what they have, and the console says what differs.',
    )
  } finally {
    // The next start must know that nodes of a killed supervisor may still be running.
    if (!wasAbandoned) release()
  }
}

// `npm run restore -- FILE`. The installation must be stopped.
try {
  main()
} catch (error) {
  process.stderr.write(`${errorMessage(error)}\n`)
  process.exitCode = 1
}
