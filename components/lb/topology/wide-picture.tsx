import type { ReactNode } from 'react'
import { PartBox } from './part-box.tsx'
import { hiddenServersPart } from './shown-servers.ts'
import {
  BOX_HEIGHT,
  boxKey,
  COLUMN_WIDTH,
  type Column,
  columnLeft,
  type Layout,
  layOutTopology,
} from './topology-layout.ts'
import type { Part, Topology } from './topology-model.ts'

const TITLES: Record<Column, string> = {
  address: 'Address',
  instances: 'Instances',
  frontends: 'Frontends',
  backends: 'Backends',
  servers: 'Servers',
}

function Boxes({
  column,
  parts,
  layout,
  children,
}: {
  column: Column
  parts: readonly Part[]
  layout: Layout
  children: (part: Part) => ReactNode
}) {
  const left = `${columnLeft(column)}%`
  const width = `${COLUMN_WIDTH}%`
  return (
    <ul aria-label={TITLES[column]}>
      {parts.map((part) => (
        <li
          key={part.key}
          className="absolute"
          style={{
            left,
            width,
            top: layout.tops.get(boxKey(column, part.key)),
            height: BOX_HEIGHT,
          }}
        >
          {children(part)}
        </li>
      ))}
    </ul>
  )
}

function Wires({ layout }: { layout: Layout }) {
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 100 ${layout.height}`}
      preserveAspectRatio="none"
      className="absolute inset-0 size-full overflow-visible"
    >
      {layout.wires.map(({ key, path, live }) => (
        <path
          key={key}
          d={path}
          fill="none"
          vectorEffect="non-scaling-stroke"
          strokeWidth={1.5}
          strokeDasharray={live ? undefined : '3 4'}
          className={live ? 'stroke-accent/70' : 'stroke-border-strong/60'}
        />
      ))}
    </svg>
  )
}

/** The horizontal picture for wide screens. */
export function WidePicture({ topology }: { topology: Topology }) {
  const layout = layOutTopology(topology)
  const servers = topology.backends.flatMap((backend) => [
    ...backend.servers,
    ...hiddenServersPart(backend),
  ])
  const columns = Object.keys(TITLES) as Column[]
  return (
    <div>
      <div aria-hidden className="relative mb-2 h-5 text-xs font-medium text-muted">
        {columns.map((column) => (
          <span key={column} className="absolute" style={{ left: `${columnLeft(column)}%` }}>
            {TITLES[column]}
          </span>
        ))}
      </div>
      <div className="relative" style={{ height: layout.height }}>
        <Wires layout={layout} />
        <Boxes column="address" parts={[topology.address]} layout={layout}>
          {(part) => (
            <PartBox part={part} monospace={part.tone !== 'warn' && part.href !== undefined} />
          )}
        </Boxes>
        <Boxes column="instances" parts={topology.instances} layout={layout}>
          {(part) => <PartBox part={part} strong={isActive(topology, part)} />}
        </Boxes>
        <Boxes column="frontends" parts={topology.frontends} layout={layout}>
          {(part) => <PartBox part={part} />}
        </Boxes>
        <Boxes column="backends" parts={topology.backends} layout={layout}>
          {(part) => <PartBox part={part} />}
        </Boxes>
        <Boxes column="servers" parts={servers} layout={layout}>
          {(part) => <PartBox part={part} monospace />}
        </Boxes>
      </div>
    </div>
  )
}

function isActive({ instances }: Topology, { key }: Part): boolean {
  return instances.some((instance) => instance.key === key && instance.active)
}
