import { spawn } from 'node:child_process'
import { closeSync, openSync, write } from 'node:fs'
import { join } from 'node:path'
import { type ChildKind, inheritedEnvironment } from './child-environment.ts'
import { rotateLog } from './log-file.ts'
import type { ProcessEvents, RunningProcess } from './running-process.ts'

/** Which process to run. */
export type ChildSpec = {
  /** As in its title and its log file: "control-plane", "node-fr-par-a". */
  name: string
  kind: ChildKind
  /** The TypeScript file it starts with, from the project's root. */
  entry: string
  args?: string[]
  /** Its own settings. Of the supervisor's environment it has what its kind is handed (`child-environment.ts`). */
  env: Record<string, string>
  /** How long it may take until it says that it is ready, milliseconds. For as long as it likes where left out. */
  startMsMax?: number
  /** Whether it may be ended for that now; asked again until it may. */
  mayEndLate?: () => boolean
}

/** So much of the end of its standard error is kept to say why it failed. Characters. */
const WORDS_MAX = 2000

/**
 * Starts a process. Its output goes to `<data>/logs/<name>.log`. Its end is told at once where it has been ready, and else
 * when all of its output is there, which says why it never was.
 */
export function spawnProcess(
  { name, kind, entry, args = [], env }: ChildSpec,
  dataDir: string,
  events: ProcessEvents,
): RunningProcess {
  const log = openSync(rotateLog(join(dataDir, 'logs', `${name}.log`)), 'a')
  const flags = ['--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, entry, ...args], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { ...inheritedEnvironment(kind), ...env },
    stdio: ['ignore', log, 'pipe', 'ipc'],
  })
  let errorOutput = ''
  let [wasReady, isOver] = [false, false]
  const ended = (how: string) => {
    if (isOver) return
    isOver = true
    const { exitCode, signalCode } = child
    const status = { code: exitCode, signal: signalCode }
    events.onEnd(errorOutput.trim() || `${name} ended with ${how}`, status)
  }
  const how = () => child.signalCode ?? `exit code ${child.exitCode}`
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errorOutput = (errorOutput + text).slice(-WORDS_MAX)
    // A full disk costs the line, not the supervisor.
    write(log, text, () => {})
  })
  child.on('message', (message: { type: string }) => {
    // What it had said when it ended may come after its end.
    if (isOver) return
    if (message.type === 'ready') wasReady = true
    events.onMessage(message)
  })
  child.on('error', (error) => ended(error.message))
  // A successor must not wait for the rest of the output; who asks why it never started must.
  child.on('exit', () => wasReady && ended(how()))
  child.on('close', () => {
    closeSync(log)
    ended(how())
  })
  return {
    pid: child.pid,
    send(message, socket) {
      if (!child.connected) return
      // The types know net.Server and net.Socket; raw handles are sent in just the same way.
      child.send(message, socket as never, (error) => {
        if (error && child.connected) child.kill('SIGKILL')
      })
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
