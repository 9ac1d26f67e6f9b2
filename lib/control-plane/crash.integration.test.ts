import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BusyWriters } from '#lib/testing/control-plane/busy-writers.ts'
import { exited, freePort, startProcess } from '#lib/testing/control-plane/control-plane-process.ts'
import { HistoryAudit } from '#lib/testing/control-plane/history-audit.ts'
import { simulateDelay } from '#lib/testing/wait.ts'

/** Each round takes about a second, mostly to start the process. `npm run crashes` runs a thousand. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 4)
/** A process is killed within this time after its first write, so that kills hit every kind of write. */
const KILLED_WITHIN_MS = 150

const print = (line: string) => process.stdout.write(`${line}\n`)

test('a process that is killed while it writes loses no acknowledged write and leaves none half done', {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'fairlead-crash-'))
  const database = join(dataDir, 'fairlead.db')
  const port = await freePort()
  const writers = new BusyWriters(`http://127.0.0.1:${port}`)
  const audit = new HistoryAudit()
  const lost: string[] = []
  let unacknowledged = 0

  /** Compares the database with the acknowledged writes. Writes in progress may or may not be committed. */
  function compare(): void {
    const { acknowledged, open } = writers
    const stored = audit.look(database, [...acknowledged.keys()])
    for (const [id, marks] of acknowledged) {
      const found = stored.get(id) ?? null
      if (found === marks) continue
      if (open.has(id) && open.get(id) === found) unacknowledged += 1
      else lost.push(`${id}: ${marks} was acknowledged, ${found} is stored`)
      acknowledged.set(id, found)
    }
  }

  for (let round = 0; round < ROUNDS; round++) {
    const child = await startProcess(dataDir, port)
    compare()
    const before = writers.writes
    const writing = writers.run()
    await expect
      .poll(() => writers.writes, { interval: 1, timeout: 20_000 })
      .toBeGreaterThan(before)
    await simulateDelay(Math.random() * KILLED_WITHIN_MS)
    child.kill('SIGKILL')
    await Promise.all([exited(child), writing])
    if (round % 100 === 99) {
      print(`${round + 1} kills, ${writers.writes} writes acknowledged, ${lost.length} lost`)
    }
  }
  const child = await startProcess(dataDir, port)
  compare()
  print(
    `${ROUNDS} SIGKILLs: ${writers.writes} writes acknowledged, ${lost.length} lost; ${unacknowledged} committed without ` +
      `a response; ${audit.lines} history entries, ${audit.faults.length} faults`,
  )
  expect(lost).toEqual([])
  expect(audit.faults).toEqual([])
  expect(writers.writes).toBeGreaterThanOrEqual(ROUNDS)

  child.send({ type: 'stop' })
  expect(await exited(child)).toBe(0)
  await rm(dataDir, { recursive: true })
})
