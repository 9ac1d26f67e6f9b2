import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { backUp } from '#lib/control-plane/backup/back-up.ts'
import { summaryText } from '#lib/control-plane/store/dialect/sqlite/check-database.ts'
import { errorMessage } from '#lib/process/file-problem.ts'
import { databaseFileOf, dataDirOf } from './data-dir.ts'
import { howToBackUp } from './postgres-backup.ts'
import { readDatabaseUrl } from './settings/database-url.ts'
import { keyFileOf } from './settings/key-file.ts'
import { print } from './terminal.ts'

process.umask(0o077)

const USAGE =
  'Usage: npm run backup -- FILE. To replace an existing file: npm run backup -- FILE --force'

function readArguments(): { file: string; force: boolean } {
  try {
    const options = { force: { type: 'boolean', default: false } } as const
    const { positionals, values } = parseArgs({ options, allowPositionals: true })
    const [file, ...more] = positionals
    if (file && more.length === 0) return { file: resolve(file), force: values.force }
  } catch {
    // Invalid arguments are answered with the usage.
  }
  throw new Error(USAGE)
}

async function main(): Promise<void> {
  const { file, force } = readArguments()
  const databaseFile = databaseFileOf(dataDirOf(process.env))
  const keyFile = keyFileOf(process.env, databaseFile)
  const address = readDatabaseUrl(process.env)
  if (address) throw new Error(howToBackUp(address, file, keyFile))
  const summary = await backUp(databaseFile, file, { force })
  print(`Backed up to ${file}: ${summaryText(summary)}. It is complete, and only you can read it.`)
  if (summary.keyId === null) return
  print(
    `Its secrets are encrypted: keep a copy of the key file ${keyFile} (key ${summary.keyId}), but not with the backup.`,
  )
}

// `npm run backup -- FILE`. The installation may be running.
await main().catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n`)
  process.exitCode = 1
})
