import type { Topology } from './topology-model.ts'

/** Heights are pixels. Widths and horizontal positions are percent of the picture's width. */
export const BOX_HEIGHT = 46
const GAP = 10
const GROUP_GAP = 22
export const COLUMN_WIDTH = 16.4
const COLUMN_STEP = 20.9

export type Column = 'address' | 'instances' | 'frontends' | 'backends' | 'servers'
const COLUMNS: readonly Column[] = ['address', 'instances', 'frontends', 'backends', 'servers']

/** A line between two boxes: from the right edge of one to the left edge of the other. */
export type Wire = { key: string; path: string; live: boolean }

export type Layout = {
  height: number
  /** The top of each box, by column and key. */
  tops: Map<string, number>
  wires: Wire[]
}

export const boxKey = (column: Column, key: string) => `${column}/${key}`
export const columnLeft = (column: Column) => COLUMNS.indexOf(column) * COLUMN_STEP

/** The tops of `count` boxes in a column, centred in `height`. */
function centred(count: number, height: number): number[] {
  const block = count * BOX_HEIGHT + Math.max(0, count - 1) * GAP
  const first = (height - block) / 2
  return Array.from({ length: count }, (_, index) => first + index * (BOX_HEIGHT + GAP))
}

const blockHeight = (count: number) => Math.max(1, count) * (BOX_HEIGHT + GAP) - GAP

type Drawer = { put: (column: Column, key: string, top: number) => void; height: number }

/** Servers are grouped, with their backend at the middle of the group. */
function layOutBackends({ backends }: Topology, { put, height }: Drawer): void {
  const rowsOf = (backend: Topology['backends'][number]) =>
    backend.servers.length + (backend.more > 0 ? 1 : 0)
  const total = backends.reduce((sum, backend) => sum + blockHeight(rowsOf(backend)), 0)
  let top = (height - total - Math.max(0, backends.length - 1) * GROUP_GAP) / 2
  for (const backend of backends) {
    const block = blockHeight(rowsOf(backend))
    put('backends', backend.key, top + (block - BOX_HEIGHT) / 2)
    const keys = backend.servers.map(({ key }) => key)
    if (backend.more > 0) keys.push(`${backend.key}/more`)
    for (const [index, key] of keys.entries()) {
      put('servers', key, top + index * (BOX_HEIGHT + GAP))
    }
    top += block + GROUP_GAP
  }
}

function heightOf({ instances, frontends, backends }: Topology): number {
  const servers = backends.map(({ servers, more }) =>
    blockHeight(servers.length + (more > 0 ? 1 : 0)),
  )
  const groups = servers.reduce((sum, block) => sum + block, 0)
  return Math.max(
    blockHeight(instances.length),
    blockHeight(frontends.length),
    groups + Math.max(0, servers.length - 1) * GROUP_GAP,
  )
}

/** The positions of the boxes and the lines between them. */
export function layOutTopology(topology: Topology): Layout {
  const height = heightOf(topology)
  const tops = new Map<string, number>()
  const put: Drawer['put'] = (column, key, top) => {
    tops.set(boxKey(column, key), top)
  }
  put('address', topology.address.key, (height - BOX_HEIGHT) / 2)
  for (const column of ['instances', 'frontends'] as const) {
    const middles = centred(topology[column].length, height)
    for (const [index, { key }] of topology[column].entries()) put(column, key, middles[index] ?? 0)
  }
  layOutBackends(topology, { put, height })
  return { height, tops, wires: wiresOf(topology, tops) }
}

/** The keys of the backends that a frontend can use, its own first, then those of its routes. */
export function backendsOf(backend: string | null, routed: readonly string[]): string[] {
  return [...new Set([...(backend === null ? [] : [backend]), ...routed])]
}

function wiresOf(topology: Topology, tops: Map<string, number>): Wire[] {
  const wires: Wire[] = []
  const wire = (from: [Column, string], to: [Column, string], live: boolean) => {
    const start = tops.get(boxKey(...from))
    const end = tops.get(boxKey(...to))
    if (start === undefined || end === undefined) return
    const x1 = columnLeft(from[0]) + COLUMN_WIDTH
    const x2 = columnLeft(to[0])
    const middle = (x1 + x2) / 2
    const [y1, y2] = [start + BOX_HEIGHT / 2, end + BOX_HEIGHT / 2]
    const path = `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`
    wires.push({ key: `${from.join('/')}>${to.join('/')}`, path, live })
  }
  for (const instance of topology.instances) {
    wire(['address', topology.address.key], ['instances', instance.key], instance.active)
    for (const { key } of topology.frontends) {
      wire(['instances', instance.key], ['frontends', key], instance.active)
    }
  }
  for (const { key, backend, routed = [] } of topology.frontends) {
    for (const to of backendsOf(backend, routed)) {
      wire(['frontends', key], ['backends', to], true)
    }
  }
  for (const { key, servers, more } of topology.backends) {
    for (const server of servers) {
      wire(['backends', key], ['servers', server.key], server.tone !== 'danger')
    }
    if (more > 0) wire(['backends', key], ['servers', `${key}/more`], true)
  }
  return wires
}
