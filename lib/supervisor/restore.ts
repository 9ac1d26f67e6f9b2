import { resolve } from 'node:path'
import { inPlainWords } from '#lib/config/file-problem.ts'
import { contentsInWords } from '#lib/control-plane/backup/check-database.ts'
import { restore } from '#lib/control-plane/backup/restore.ts'
import { databaseFileOf, dataDirOf, secureDataDir } from './data-dir.ts'
import { lockDataDir } from './installation-lock.ts'
import { say } from './progress.ts'

process.umask(0o077)
process.title = 'fairlead restore'

function main(): void {
  const [file, ...more] = process.argv.slice(2)
  if (!file || more.length > 0) throw new Error('Say what from: npm run restore -- FILE')
  const dataDir = dataDirOf(process.env)
  for (const line of secureDataDir(dataDir)) say(line)
  const { release, wasAbandoned } = lockDataDir(dataDir)
  try {
    const { contents, aside } = restore(resolve(file), databaseFileOf(dataDir))
    say(`Restored ${databaseFileOf(dataDir)}: ${contentsInWords(contents)}.`)
    if (aside) say(`What was there is kept as ${aside}.`)
    say('Start Fairlead now. Nodes keep serving what they have, and the console says what differs.')
  } finally {
    // The next start has to see that nodes of a supervisor that was killed may be running still.
    if (!wasAbandoned) release()
  }
}

// `npm run restore -- FILE`, of a stopped installation.
try {
  main()
} catch (error) {
  process.stderr.write(`${inPlainWords(error)}\n`)
  process.exitCode = 1
}
