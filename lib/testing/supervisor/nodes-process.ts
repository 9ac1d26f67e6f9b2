import { contain, faultCounts, onFault } from '#lib/process/faults.ts'
import { InProcessOwnership } from '#lib/supervisor/address-ownership/in-process-ownership.ts'
import { localNodes } from '#lib/supervisor/local-nodes.ts'
import { NodeCredentials } from '#lib/supervisor/node-credentials.ts'
import { Nodes } from '#lib/supervisor/nodes.ts'

// A supervisor with only the nodes of one region, which start from their last good configurations. It answers each message
// with its number of faults and the active node; `stop` ends it.

const [dataDir = ''] = process.argv.slice(2)

onFault(() => {})
const ownership = new InProcessOwnership({ failbackMs: 300 })
const nodes = new Nodes({
  nodes: localNodes(),
  shared: {
    apiUrls: ['http://127.0.0.1:1'],
    dataDir,
    heartbeatMs: 50,
    egress: { ownPorts: [], loopback: true, pools: [] },
  },
  credentials: new NodeCredentials(),
  workers: 1,
  hungAfterMs: 20_000,
  ownership,
  onHung: () => {},
})

const onMessage = contain('process', async (message: { lbId?: string; stop?: true }) => {
  if (message.stop) {
    await nodes.stop()
    process.exit(0)
  }
  const faults = faultCounts().reduce((sum, { total }) => sum + total, 0)
  process.send?.({ faults, active: ownership.ownerOf(message.lbId ?? '') })
})
process.on('message', onMessage)

await nodes.startRegion('fr-par')
process.send?.({ ready: true })
