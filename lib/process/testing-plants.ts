import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Containment } from './testing-boundaries.ts'

/**
 * Loaded before a process's own code (`node --import`): plants an exception in every callback whose containment the test
 * names, by changing the source as it is loaded. None is thrown until the test arms it over a socket, by a line of JSON
 * with ids; each id comes back, in a line, when it has been thrown, which it is once. It also has the process stand still.
 * Only tests load this.
 */

/** What the environment says: where the plants are listed, and in which directory the process listens. */
const { FAIRLEAD_PLANTS: list = '', FAIRLEAD_PLANTS_DIR: directory = '' } = process.env

// Children of the process inherit what loads this, but not where the plants are.
const text = list === '' ? '{}' : readFileSync(list, 'utf8')
const plants = JSON.parse(text) as Record<string, Containment[]>
const root = join(import.meta.dirname, '..', '..')
let control: Socket | null = null
/** Also those that are to be thrown while the process starts. */
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
  // From the end, so that what is before keeps its place.
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
