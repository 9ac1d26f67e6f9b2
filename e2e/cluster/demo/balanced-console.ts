import type { Lb } from '#lib/core/lb.ts'
import type { ClusterLab } from '#lib/testing/cluster/cluster-lab.ts'
import type { ControlPlaneHost } from '#lib/testing/cluster/control-plane-host.ts'
import { relay } from '#lib/testing/cluster/relay.ts'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import type { Api } from '../../support/api.ts'
import { addressOf } from '../lb-of.ts'

const FORWARD = new URL('../../../lib/testing/cluster/forward-program.ts', import.meta.url).pathname
/** Where control planes' machines accept connections to their consoles. */
const BACKEND_PORT = 8443
const FRONTEND_PORT = 80

/** Has a control plane's machine accept connections to its console, where a real one has a reverse proxy. */
export function startBalancedConsole({ host, ports }: ControlPlaneHost): Promise<void> {
  const command = [process.execPath, FORWARD, `${BACKEND_PORT}`, `${ports.console}`]
  return new MachineProcess(host.machine, command).started()
}

/** Creates a load balancer of all consoles. @param port where a browser on this machine reaches it */
export async function balanceConsoles(lab: ClusterLab, api: Api, port: number): Promise<void> {
  await Promise.all(lab.controlPlanes.map(startBalancedConsole))
  const { id } = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name: 'console',
    backends: [
      {
        name: 'consoles',
        forward_protocol: 'tcp',
        forward_port: BACKEND_PORT,
        server_ip: lab.controlPlanes.map(({ host }) => host.address),
        // Open pages connect again, instead of waiting for a machine that has no power.
        on_marked_down_action: 'shutdown_sessions',
        health_check: {
          port: BACKEND_PORT,
          check_delay: 500,
          check_timeout: 500,
          check_max_retries: 2,
          tcp_config: {},
        },
      },
    ],
    frontends: [{ name: 'console', inbound_port: FRONTEND_PORT, backend: 'consoles' }],
  })
  await api.waitForApplied(id)
  const host = addressOf(await api.waitForStatus(id, 'ready'))
  await relay(lab.client, new Map([[port, { host, port: FRONTEND_PORT }]]))
}
