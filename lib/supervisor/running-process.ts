import type { BoundSocket } from '#lib/process/bind-socket.ts'

/** A running process: a child, or one that was adopted. */
export interface RunningProcess {
  readonly pid: number | undefined
  /** Sends a message, optionally with a socket. It is lost if the process has ended. */
  send(message: object, socket?: BoundSocket): void
  /** Sends SIGKILL. */
  kill(): void
}

/** Exit code or signal of a process; both null for an adopted process, whose status only its parent could see. */
export type ExitStatus = { code: number | null; signal: NodeJS.Signals | null }

/** The events of a process. */
export type ProcessEvents = {
  onMessage(message: { type: string }, socket?: BoundSocket): void
  /** Called once. @param message the end of its standard error, or its exit code or signal */
  onEnd(message: string, status: ExitStatus): void
}
