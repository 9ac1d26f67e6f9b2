import { closeSync, constants, lstatSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { contain } from '#lib/process/faults.ts'
import { type Notification, parseNotification } from './keepalived-config.ts'
import { runProgram } from './programs.ts'

/**
 * Reads what all keepalived processes write to the notify FIFO. They keep it open, so what they say while no helper runs waits
 * for the next one.
 */
export async function readNotifications(
  path: string,
  onNotification: (notification: Notification) => void,
): Promise<Socket> {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there && !there.isFIFO()) rmSync(path)
  if (!there?.isFIFO()) await runProgram('mkfifo', ['-m', '600', path])
  // For writing too: a FIFO without a writer would be at its end.
  const handle = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  let rest = ''
  try {
    const fifo = new Socket({ fd: handle, readable: true, writable: false })
    fifo.setEncoding('utf8')
    fifo.on(
      'data',
      contain('takeover', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const notification = parseNotification(line)
          if (notification) onNotification(notification)
        }
      }),
    )
    return fifo
  } catch (error) {
    closeSync(handle)
    throw error
  }
}
