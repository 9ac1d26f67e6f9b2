import * as z from 'zod'
import { parseTrustedProxies } from '#lib/core/client-address.ts'
import { knownHosts, parseAllowedHosts, parsePublicUrl } from '#lib/core/known-hosts.ts'

/** What the console's process is told by the supervisor. */
const Environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  FAIRLEAD_API_URL: z.url({ error: 'FAIRLEAD_API_URL must be the URL of the control plane.' }),
  FAIRLEAD_BFF_SECRET: z.string({ error: 'FAIRLEAD_BFF_SECRET is required.' }).min(1),
  FAIRLEAD_TRUSTED_PROXIES: z.string().default(''),
})

/** Where the control plane answers, and the secret by which it knows this process. */
export type ControlPlaneAccess = { url: string; secret: string }

/** The console's origin outside; null where none is set. @throws Error in one line. */
export const publicOrigin = (env: NodeJS.ProcessEnv) => parsePublicUrl(env.FAIRLEAD_PUBLIC_URL)

const INSTALLATION_ID = /^[a-z0-9]{1,32}$/

/**
 * The installation's identity. Cookies and what browsers keep have it in their names, so that installations on one host
 * keep theirs apart. '' where no supervisor has given one.
 */
export function installationId(env: NodeJS.ProcessEnv): string {
  const id = env.FAIRLEAD_INSTALLATION_ID ?? ''
  return INSTALLATION_ID.test(id) ? id : ''
}

/**
 * The console's environment, checked.
 * @throws Error whose message is one line.
 */
export function readEnvironment(env: NodeJS.ProcessEnv) {
  const parsed = Environment.safeParse(env)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { HOST, PORT, FAIRLEAD_API_URL, FAIRLEAD_BFF_SECRET, FAIRLEAD_TRUSTED_PROXIES } =
    parsed.data
  const allowedHosts = parseAllowedHosts(env.FAIRLEAD_ALLOWED_HOSTS)
  return {
    host: HOST,
    port: PORT,
    dev: env.FAIRLEAD_DEV === '1',
    controlPlane: { url: FAIRLEAD_API_URL, secret: FAIRLEAD_BFF_SECRET },
    trustedProxies: parseTrustedProxies(FAIRLEAD_TRUSTED_PROXIES),
    known: knownHosts(HOST, publicOrigin(env), allowedHosts),
  }
}
