import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Containment } from './boundaries.ts'

/**
 * For tests. Loaded before a process's own code (`node --import`), it plants an exception in every callback that the test
 * lists, by rewriting the source as it is loaded. The test arms exceptions over a socket, with a line of JSON that lists ids.
 * Each is thrown once, and its id is sent back in a line. The test can also block the event loop for a while.
 */

/** The file that lists the plants, and the directory of the control socket. */
const { FAIRLEAD_PLANTS: list = '', FAIRLEAD_PLANTS_DIR: directory = '' } = process.env

// Children of the process inherit NODE_OPTIONS, but not the list.
const text = list === '' ? '{}' : readFileSync(list, 'utf8')
const plants = JSON.parse(text) as Record<string, Containment[]>
const root = join(import.meta.dirname, '..', '..', '..')
let control: Socket | null = null
/** At first the ids that throw while the process starts. */
const armed = new Set<string>(JSON.parse(process.env.FAIRLEAD_PLANTS_ARMED ?? '[]'))

type Callback = (...args: unknown[]) => unknown

Object.assign(globalThis, {
  plantFault(id: string, callback: Callback): Callback {
    return (...args) => {
      if (armed.delete(id)) {
        control?.write(`${JSON.stringify(id)}\n`)
        throw new Error(`planted in ${id}`)
      }
      return callback(...args)
    }
  },
})

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.startsWith('file:')) return loaded
    const path = fileURLToPath(url).slice(root.length + 1)
    const own = plants[path]
    if (!own || !loaded.source) return loaded
    return { ...loaded, source: planted(Buffer.from(loaded.source as Buffer).toString(), own) }
  },
})

function planted(source: string, own: Containment[]): string {
  const pieces = own.flatMap(({ id, kind, start, end }) => {
    const opening = `globalThis.plantFault(${JSON.stringify(id)}, (`
    if (kind === 'try') return [{ at: start, text: `${opening}() => {}))();` }]
    return [
      { at: start, text: opening },
      { at: end, text: '))' },
    ]
  })
  // From the end, so that the offsets before stay valid.
  pieces.sort((one, other) => other.at - one.at)
  return pieces.reduce(
    (text, { at, text: piece }) => text.slice(0, at) + piece + text.slice(at),
    source,
  )
}

function standStill(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const server = createServer((socket) => {
  control = socket
  socket.setEncoding('utf8').on('data', (line: string) => {
    const order = JSON.parse(line) as string[] | { stallMs: number }
    if (Array.isArray(order)) {
      armed.clear()
      for (const id of order) armed.add(id)
    } else standStill(order.stallMs)
    socket.write('"armed"\n')
  })
  socket.on('error', () => {})
  socket.unref()
})
if (list !== '') server.listen(join(directory, `${process.pid}.sock`)).unref()
