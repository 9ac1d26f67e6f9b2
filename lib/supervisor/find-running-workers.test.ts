import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type HandlePipe, listenForPipes } from '#lib/node/supervision/handle-pipe.ts'
import { processIdentity } from '#lib/process/process-identity.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import { findRunningWorkers, runDirectory } from './find-running-workers.ts'

const orderTo = (node: string) =>
  ({ type: 'take_over', api_url: 'http://x', credential: `of ${node}`, heartbeat_ms: 50 }) as const
const HERE = { type: 'here', node: 'fr-par-a', worker: 1, workers: 1 } as const
/** Beyond the kernel's limit of PIDs, so that it is never in use. */
const NO_PID = 5_000_000

let dataDir: string
let child: ChildProcess | undefined

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-takeover-'))
  mkdirSync(runDirectory(dataDir))
})
afterEach(() => {
  child?.kill('SIGKILL')
  child = undefined
  rmSync(dataDir, { recursive: true })
})

const socketOf = (pid: number, identity: string) =>
  join(runDirectory(dataDir), `fr-par-a-1.${pid}.${identity}.sock`)

/** A process with the title of another installation's node. */
async function nodeProcess(): Promise<{ process: ChildProcess; pid: number }> {
  const source =
    "process.title = 'fairlead node fr-par-a'; console.log(1); setInterval(() => {}, 1e3)"
  child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return { process: child, pid: child.pid as number }
}

type Pipe = HandlePipe<SupervisorToNode, NodeToSupervisor>

/** Listens like a node that runs elsewhere. */
function listen(path: string, onMessage: (message: SupervisorToNode, pipe: Pipe) => void): void {
  listenForPipes<SupervisorToNode, NodeToSupervisor>(path, (pipe) => {
    pipe.onMessage = (message) => onMessage(message, pipe)
  })
}

const answer = (message: SupervisorToNode, pipe: Pipe) => {
  if (message.type === 'take_over') pipe.send(HERE)
}

describe('a socket that nobody listens at', () => {
  test('is removed, and a process that has reused its PID lives on', async () => {
    const { process: other, pid } = await nodeProcess()
    const path = socketOf(pid, 'abcdef')
    writeFileSync(path, '')
    expect(await findRunningWorkers(dataDir, orderTo)).toEqual([])
    expect(existsSync(path)).toBe(false)
    // A kill would have happened before this.
    expect([processIdentity(pid) === null, other.exitCode, other.signalCode]).toEqual([
      false,
      null,
      null,
    ])
  })

  test('kills its process, unless the PID was reused: it could be active', async () => {
    const { process: node, pid } = await nodeProcess()
    writeFileSync(socketOf(pid, processIdentity(pid) as string), '')
    const ended = once(node, 'exit')
    expect(await findRunningWorkers(dataDir, orderTo)).toEqual([])
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(readdirSync(runDirectory(dataDir))).toEqual([])
  })
})

test('a node that responds is found, with its process', async () => {
  const identity = processIdentity(process.pid) as string
  listen(socketOf(process.pid, identity), answer)
  const [found, ...more] = await findRunningWorkers(dataDir, orderTo)
  expect(more).toEqual([])
  expect(found).toMatchObject({
    node: 'fr-par-a',
    worker: 1,
    process: { pid: process.pid, identity },
  })
  found?.pipe.close()
})

describe('a node that this process can’t see, as in another container', () => {
  test('is asked to exit', async () => {
    const path = socketOf(NO_PID, 'abcdef')
    const asked: string[] = []
    listen(path, (message, pipe) => {
      asked.push(message.type)
      answer(message, pipe)
      if (message.type === 'stop') pipe.close()
    })
    expect(await findRunningWorkers(dataDir, orderTo)).toEqual([])
    expect(asked).toEqual(['take_over', 'stop'])
    expect(existsSync(path)).toBe(false)
  })

  test('makes the start fail if it does not exit', async () => {
    const path = socketOf(NO_PID, 'abcdef')
    listen(path, answer)
    await expect(findRunningWorkers(dataDir, orderTo)).rejects.toThrow(
      `A node of an earlier start still listens at ${path} and can't be stopped from here`,
    )
    expect(existsSync(path)).toBe(true)
  })
})
