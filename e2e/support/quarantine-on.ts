import { writeFileSync } from 'node:fs'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { type QuarantineFile, quarantinePath } from '#lib/protocol/quarantine.ts'
import { waitFor } from '#lib/testing/wait.ts'
import type { Api } from './api.ts'
import type { Installation } from './installation.ts'

/** Restarts a node with a load balancer's current generation in quarantine, as if it had ended the node twice. */
export async function quarantineOn(
  installation: Installation,
  api: Api,
  node: NodeName,
  lbId: string,
): Promise<void> {
  const { generation } = await api.observed(lbId)
  const file: QuarantineFile = {
    ends: [],
    quarantined: [
      { lb_id: lbId, generation, since: new Date().toISOString(), cause: 'hung_applying' },
    ],
  }
  writeFileSync(quarantinePath(installation.dataDir, node), JSON.stringify(file))
  process.kill(installation.process(`fairlead node ${node}`).pid, 'SIGKILL')
  await waitFor('it is quarantined', async () => {
    const { instances } = await api.observed(lbId)
    return instances.some(({ quarantine }) => quarantine?.generation === generation)
  })
}
