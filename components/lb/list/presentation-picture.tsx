type BoxProps = {
  x: number
  y: number
  title: string
  detail: string
  accent?: boolean
  down?: boolean
}

const WIDTH = 150
const HEIGHT = 52

function Box({ x, y, title, detail, accent = false, down = false }: BoxProps) {
  const frame = accent ? 'fill-accent-soft stroke-accent' : 'fill-surface stroke-border-strong/60'
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect
        width={WIDTH}
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

function Line({
  from,
  to,
  standby = false,
}: {
  from: [number, number]
  to: [number, number]
  standby?: boolean
}) {
  const middle = (from[0] + to[0]) / 2
  return (
    <path
      d={`M${from[0]} ${from[1]}C${middle} ${from[1]} ${middle} ${to[1]} ${to[0]} ${to[1]}`}
      fill="none"
      strokeWidth={1.5}
      strokeDasharray={standby ? '4 5' : undefined}
      className={standby ? 'stroke-border-strong' : 'stroke-accent'}
    />
  )
}

/** Clients, the highly available IP, master and backup, three servers of which one is out. */
export function PresentationPicture() {
  return (
    <svg
      viewBox="0 0 762 218"
      role="img"
      aria-label="Clients reach a highly available IP. The master instance serves it and spreads traffic over the healthy servers; the backup stands by."
      className="mx-auto w-full max-w-4xl"
    >
      <Line from={[151, 109]} to={[204, 109]} />
      <Line from={[354, 109]} to={[407, 65]} />
      <Line from={[354, 109]} to={[407, 153]} standby />
      <Line from={[557, 65]} to={[611, 27]} />
      <Line from={[557, 65]} to={[611, 109]} />
      <Line from={[557, 65]} to={[611, 191]} standby />
      <Box x={1} y={83} title="Clients" detail="Browsers, apps, services" />
      <Box x={204} y={83} title="HA IP" detail="Stays the same" accent />
      <Box x={407} y={39} title="Master" detail="Serves" accent />
      <Box x={407} y={127} title="Backup" detail="Takes over when it must" />
      <Box x={611} y={1} title="Server 1" detail="Up" />
      <Box x={611} y={83} title="Server 2" detail="Up" />
      <Box x={611} y={165} title="Server 3" detail="Down: gets no traffic" down />
    </svg>
  )
}
