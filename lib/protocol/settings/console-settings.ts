import * as z from 'zod'
import { Network } from './network.ts'

/** The settings of the console's process. */
export const ConsoleSettings = z.object({
  /** The address or host name to listen on. */
  host: z.string().min(1),
  port: z.int().min(0).max(65535),
  /** The URL of the control plane. */
  apiUrl: z.url(),
  /** The secret with which the console proves to the control plane that it is the console. */
  bffSecret: z.string().min(1),
  trustedProxies: z.array(Network).readonly(),
  /** The public origin of the console; null if not set. */
  publicOrigin: z.string().nullable(),
  /** Further hosts that the console answers for, normalized. */
  allowedHosts: z.array(z.string()),
  /** Part of the names of cookies and browser storage, because browsers share those between all ports of a host. '' for none. */
  installationId: z.string().regex(/^[a-z0-9]{0,32}$/),
  /** The addresses of the demo servers; empty without `--demo`. */
  demoServers: z.array(z.string()),
})
export type ConsoleSettings = z.output<typeof ConsoleSettings>
