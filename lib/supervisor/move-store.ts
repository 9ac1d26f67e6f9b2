import { parseArgs } from 'node:util'
import { moveStore, undoMove } from '#lib/control-plane/move-store/move-store.ts'
import type { Place } from '#lib/control-plane/move-store/place.ts'
import { postgresPlace } from '#lib/control-plane/store/dialect/postgres/postgres-place.ts'
import { sqlitePlace } from '#lib/control-plane/store/dialect/sqlite/sqlite-place.ts'
import { errorMessage } from '#lib/process/file-problem.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { databaseFileOf, dataDirOf, secureDataDir } from './data-dir.ts'
import { lockDataDir } from './installation-lock.ts'
import { MoveProgress } from './move-progress.ts'
import { parseDatabaseUrl, readDatabaseUrl } from './settings/database-url.ts'
import { keyFileOf } from './settings/key-file.ts'
import { print } from './terminal.ts'

process.umask(0o077)
process.title = 'fairlead move-store'

const USAGE = `Usage:
  npm run move-store -- --to postgres://…   to that PostgreSQL database
  npm run move-store -- --to postgres       to the one of FAIRLEAD_DATABASE_URL
  npm run move-store -- --to sqlite         from the one of FAIRLEAD_DATABASE_URL to the file in the data directory
  npm run move-store -- --undo              to go on with a database that the store has left`

const dataDir = dataDirOf(process.env)
const databaseFile = databaseFileOf(dataDir)
const keyFile = keyFileOf(process.env, databaseFile)

type Command =
  | { type: 'to-postgres'; address: DatabaseAddress }
  | { type: 'to-sqlite'; address: DatabaseAddress }
  | { type: 'undo'; address: DatabaseAddress | null }

function readCommand(): Command {
  const { to, undo } = readArguments()
  const address = readDatabaseUrl(process.env)
  if (undo) return { type: 'undo', address }
  if (to === 'postgres' || to === 'sqlite') {
    if (!address)
      throw new Error('Set FAIRLEAD_DATABASE_URL to the URL of the PostgreSQL database.')
    return { type: `to-${to}`, address }
  }
  const target = parseTarget(to)
  if (address && JSON.stringify(address) !== JSON.stringify(target)) {
    throw new Error(
      'The store is in the database of FAIRLEAD_DATABASE_URL, and --to is another one. Move it with pg_dump and pg_restore, ' +
        'or unset FAIRLEAD_DATABASE_URL to move the file of the data directory.',
    )
  }
  return { type: 'to-postgres', address: target }
}

/** @throws Error with a one-line message, without the URL, which may contain a password */
function parseTarget(url: string): DatabaseAddress {
  try {
    return parseDatabaseUrl(url)
  } catch (error) {
    throw new Error((error as Error).message.replace(/^FAIRLEAD_DATABASE_URL/, '--to'))
  }
}

function readArguments(): { to: string; undo: boolean } {
  try {
    const options = { to: { type: 'string' }, undo: { type: 'boolean', default: false } } as const
    const { to, undo } = parseArgs({ options }).values
    if ((to !== undefined) !== undo) return { to: to ?? '', undo }
  } catch {
    // Invalid arguments are answered with the usage.
  }
  throw new Error(USAGE)
}

async function run(command: Command): Promise<void> {
  const file = sqlitePlace(databaseFile, keyFile)
  const database = command.address && (await postgresPlace(command.address, keyFile))
  try {
    if (command.type === 'undo') await undo(database ?? file)
    else if (database && command.type === 'to-postgres') await move(file, database)
    else if (database) await move(database, file)
  } finally {
    await database?.close()
  }
}

async function undo(place: Place): Promise<void> {
  const { other } = await undoMove(place)
  print(`Fairlead can use ${place.name} again. Never start it with ${other} too.`)
}

async function move(source: Place, target: Place): Promise<void> {
  print(`Moving the store from ${source.name} to ${target.name}.`)
  const progress = new MoveProgress()
  try {
    await moveStore(source, target, (step) => progress.report(step))
  } finally {
    progress.end()
  }
  print(`Moved. ${source.name} is kept as it was, but Fairlead refuses to start with it.`)
}

function nextSteps(command: Command): string[] {
  const start = 'Then start Fairlead.'
  if (command.type === 'to-sqlite') return [`Unset FAIRLEAD_DATABASE_URL. ${start}`]
  if (command.type === 'undo') return []
  return [
    `Set FAIRLEAD_DATABASE_URL to the URL of this database, where you set the other settings. ${start}`,
    `Secrets are still encrypted with the key in ${keyFile}: keep it, back it up, and copy it to every other machine that runs a ` +
      'control plane on this database.',
    'Back the database up with PostgreSQL from now on: see app/(console)/docs/postgresql.md.',
  ]
}

async function main(): Promise<void> {
  const command = readCommand()
  for (const line of secureDataDir(dataDir)) print(line)
  const { release, wasAbandoned } = lockDataDir(dataDir)
  try {
    await run(command)
    for (const line of nextSteps(command)) print(line)
  } finally {
    // The next start must know that nodes of a killed supervisor may still be running.
    if (!wasAbandoned) release()
  }
}

// `npm run move-store`. The installation must be stopped.
try {
  await main()
} catch (error) {
  process.stderr.write(`${errorMessage(error)}\n`)
  process.exitCode = 1
}
