import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LINES_PER_KIND } from '#lib/process/flood-filter.ts'
import { exited, freePort, startProcess } from '#lib/testing/control-plane/control-plane-process.ts'
import { SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'

type Line = { msg: string; path?: string; status?: number; count?: number; address?: string }

test('a flood of refused requests with long paths is logged as a few short lines, and other requests are logged', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-request-log-'))
  const port = await freePort()
  const file = join(dataDir, 'logs', 'control-plane.log')
  const child = await startProcess(dataDir, port, { env: { FAIRLEAD_LOG_FILE: file } })
  const isOver = exited(child)
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  })
  const call = async (path: string, init: RequestInit = {}) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, init)).text()
  const flood = Array.from({ length: 400 }, (_, n) => `/x${n}${'a'.repeat(15_000)}`)
  for (const path of flood) await call(path)
  const headers = { 'X-Auth-Token': SECRET_KEY, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ name: 'site' })
  await call('/lb/v1/regions/fr-par/lbs', { method: 'POST', headers, body })
  await call('/lb/v1/regions/fr-par/lbs', { method: 'POST', headers, body: '{}' })

  const lines = () =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
  await vi.waitFor(() => expect(lines().at(-1)).toMatchObject({ status: 400 }), 10_000)
  const requests = lines().filter(({ msg }) => msg === 'request')
  expect(requests.map(({ status }) => status)).toEqual([
    ...Array.from({ length: LINES_PER_KIND }, () => 401),
    200,
    400,
  ])
  for (const { path = '' } of requests) expect(path.length).toBeLessThanOrEqual(201)
  expect(requests[0]).toMatchObject({
    path: flood[0]?.slice(0, 200).concat('…'),
    address: '127.0.0.1',
  })
  expect(readFileSync(file).length).toBeLessThan(20_000)

  child.kill('SIGTERM')
  await isOver
  const left = lines().filter(({ msg }) => msg === 'similar requests suppressed')
  expect(left).toMatchObject([{ status: 401, count: 400 - LINES_PER_KIND, address: '127.0.0.1' }])
})
