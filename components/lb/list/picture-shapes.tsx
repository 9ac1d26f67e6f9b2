type BoxProps = {
  x: number
  y: number
  width?: number
  title: string
  detail: string
  accent?: boolean
  down?: boolean
}

const HEIGHT = 52

/** A box of the presentation's picture, with a title and a detail. */
export function Box({ x, y, width = 150, title, detail, accent = false, down = false }: BoxProps) {
  const frame = accent ? 'fill-accent-soft stroke-accent' : 'fill-surface stroke-border-strong/60'
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect
        width={width}
        height={HEIGHT}
        rx={8}
        className={down ? 'fill-surface stroke-danger' : frame}
      />
      <text x={14} y={22} className="fill-text text-[13px] font-medium">
        {title}
      </text>
      <text x={14} y={39} className={`text-[11px] ${down ? 'fill-danger' : 'fill-muted'}`}>
        {detail}
      </text>
    </g>
  )
}

type Point = [x: number, y: number]

type LineProps = { from: Point; to: Point; down?: boolean; standby?: boolean }

/** A line of traffic; `standby` lines would carry it after a failover. From left to right, or `down`. */
export function Line({ from: [x1, y1], to: [x2, y2], down = false, standby = false }: LineProps) {
  const bends = down
    ? `${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2}`
    : `${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2}`
  return (
    <path
      d={`M${x1} ${y1}C${bends} ${x2} ${y2}`}
      fill="none"
      strokeWidth={1.5}
      strokeDasharray={standby ? '4 5' : undefined}
      className={standby ? 'stroke-border-strong' : 'stroke-accent'}
    />
  )
}
