import { Box, Line } from './picture-shapes.tsx'

const LABEL =
  'Clients reach a highly available IP. The master instance serves it and spreads traffic over the healthy servers; the backup stands by.'

function WidePicture() {
  return (
    <svg
      viewBox="0 0 762 218"
      role="img"
      aria-label={LABEL}
      className="mx-auto hidden w-full max-w-4xl sm:block"
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

function TallPicture() {
  return (
    <svg
      viewBox="0 0 312 314"
      role="img"
      aria-label={LABEL}
      className="mx-auto w-full max-w-sm sm:hidden"
    >
      <Line from={[156, 53]} to={[156, 87]} down />
      <Line from={[156, 139]} to={[76, 173]} down />
      <Line from={[156, 139]} to={[236, 173]} down standby />
      <Line from={[76, 225]} to={[49, 261]} down />
      <Line from={[76, 225]} to={[156, 261]} down />
      <Line from={[76, 225]} to={[263, 261]} down standby />
      <Box x={81} y={1} title="Clients" detail="Browsers, apps, services" />
      <Box x={81} y={87} title="HA IP" detail="Stays the same" accent />
      <Box x={1} y={173} title="Master" detail="Serves" accent />
      <Box x={161} y={173} title="Backup" detail="Takes over when it must" />
      <Box x={1} y={261} width={96} title="Server 1" detail="Up" />
      <Box x={108} y={261} width={96} title="Server 2" detail="Up" />
      <Box x={215} y={261} width={96} title="Server 3" detail="Down: left out" down />
    </svg>
  )
}

/** Clients, the highly available IP, master and backup, and three servers, one of them down. Vertical on phones. */
export function PresentationPicture() {
  return (
    <>
      <WidePicture />
      <TallPicture />
    </>
  )
}
