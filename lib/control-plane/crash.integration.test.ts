import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BusyWriters } from '#lib/testing/control-plane/busy-writers.ts'
import { exited, freePort, startProcess } from '#lib/testing/control-plane/control-plane-process.ts'
import { HistoryAudit } from '#lib/testing/control-plane/history-audit.ts'
import { simulateDelay } from '#lib/testing/wait.ts'

/** A round is most of a second of starting. `npm run crashes` does a thousand. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 4)
/** How long after its first write a process is killed at most: in the midst of any kind of write. */
const LIFE_MS = 150

const print = (line: string) => process.stdout.write(`${line}\n`)

test('a process killed while it writes keeps all that it acknowledged, and nothing by halves', {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'fairlead-crash-'))
  const database = join(dataDir, 'fairlead.db')
  const port = await freePort()
  const writers = new BusyWriters(`http://127.0.0.1:${port}`)
  const audit = new HistoryAudit()
  const lost: string[] = []
  let landed = 0

  /** Compares what is there with what was acknowledged; what was on its way may be there, too. */
  function look(): void {
    const { acknowledged, open } = writers
    const there = audit.look(database, [...acknowledged.keys()])
    for (const [id, marks] of acknowledged) {
      const found = there.get(id) ?? null
      if (found === marks) continue
      if (open.has(id) && open.get(id) === found) landed += 1
      else lost.push(`${id}: ${marks} was acknowledged, ${found} is there`)
      acknowledged.set(id, found)
    }
  }

  for (let round = 0; round < ROUNDS; round++) {
    const child = await startProcess(dataDir, port)
    look()
    const before = writers.writes
    const writing = writers.run()
    await expect
      .poll(() => writers.writes, { interval: 1, timeout: 20_000 })
      .toBeGreaterThan(before)
    await simulateDelay(Math.random() * LIFE_MS)
    child.kill('SIGKILL')
    await Promise.all([exited(child), writing])
    if (round % 100 === 99) {
      print(`${round + 1} kills, ${writers.writes} writes acknowledged, ${lost.length} lost`)
    }
  }
  const child = await startProcess(dataDir, port)
  look()
  print(
    `${ROUNDS} SIGKILLs: ${writers.writes} writes acknowledged, ${lost.length} lost; ${landed} were there though ` +
      `unanswered; ${audit.lines} lines of history, ${audit.faults.length} faults`,
  )
  expect(lost).toEqual([])
  expect(audit.faults).toEqual([])
  expect(writers.writes).toBeGreaterThanOrEqual(ROUNDS)

  child.send({ type: 'stop' })
  expect(await exited(child)).toBe(0)
  await rm(dataDir, { recursive: true })
})
