import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished } from 'vitest'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { AccessLogs } from '#lib/runtime/access-log/access-logs.ts'
import { runLb, testBackend, until } from './running-lb.ts'

export type LogLine = Record<string, string | number | null>

/** A load balancer with an access log, in front of a server on that port. Within a test only. */
export function startLoggedLb(
  port: number,
  backend: Partial<DesiredBackend> = {},
  frontend: Partial<DesiredFrontend> = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-access-log-'))
  const logs = new AccessLogs({ directory, node: 'fr-par-a', worker: 1 }, pino({ level: 'silent' }))
  const running = runLb(testBackend(port, backend), { access_log: true, ...frontend }, logs)
  onTestFinished(async () => {
    running.lb.retire()
    await logs.settled()
    rmSync(directory, { recursive: true })
  })
  /** Waits for a number of lines, and expects no more. */
  const lines = async (count: number): Promise<LogLine[]> => {
    const path = join(directory, running.lb.config.lb_id, 'fr-par-a.log')
    let all: LogLine[] = []
    await until(async () => {
      await logs.settled()
      const text = await readFile(path, 'utf8').catch(() => '')
      all = text.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []))
      return all.length >= count
    })
    expect(all).toHaveLength(count)
    return all
  }
  return { ...running, lines, line: async () => (await lines(1))[0] as LogLine }
}
