import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ControlPlaneAccess } from '#lib/node/transport/control-plane.ts'
import { type NodeIdentity, writeIdentity } from '#lib/node/transport/node-identity.ts'
import { certificateFrom, joinNode, type NEW_NODE } from '#lib/testing/control-plane/joined-node.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'

/** A node that has joined a running control plane, with its identity in a data directory of its own. Disposing of it removes that. */
export async function joinedIdentity(
  controlPlane: RunningControlPlane,
  node: Partial<typeof NEW_NODE> = {},
) {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-joined-'))
  const identityFile = join(dataDir, 'joined-node.json')
  const { joined, identity } = await joinNode(controlPlane, node)
  const write = (certificate: Pick<NodeIdentity, 'key' | 'certificate'>) =>
    writeIdentity(identityFile, {
      ...certificate,
      control_plane: `127.0.0.1:${controlPlane.nodePort}`,
      node: joined.node,
      ca: joined.ca,
      interface: 'lo',
      address: '127.0.0.1',
      networks: joined.networks,
      egress: joined.egress,
    })
  write({ key: identity.key, certificate: joined.certificate })
  const access: ControlPlaneAccess = {
    apiUrl: `https://127.0.0.1:${controlPlane.nodePort}`,
    credential: null,
    identityFile,
  }
  return {
    node: joined.node,
    dataDir,
    identityFile,
    access,
    /** Gives the node a certificate that ends so many days from now. */
    async certify(days: number): Promise<void> {
      const { key = '', cert = '' } = await certificateFrom(controlPlane, joined.node, days)
      write({ key, certificate: cert })
    },
    [Symbol.dispose]: () => rmSync(dataDir, { recursive: true }),
  }
}
