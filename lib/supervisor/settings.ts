import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { parseIpPools } from '#lib/control-plane/config.ts'
import { Email, NewPassword } from '#lib/core/account.ts'

/** What `npm start` was told, checked. */
export type Settings = {
  host: string
  consolePort: number
  apiPort: number
  dataDir: string
  demo: boolean
  /** The rest of the environment that the control plane reads, checked but in its own spelling. */
  controlPlane: Record<string, string>
}

/** A value that `npm start` can't use. The message is one line that says which and why. */
export class SettingsError extends Error {}

const port = (name: string, fallback: number) =>
  z
    .string()
    .default(String(fallback))
    .transform(Number)
    .pipe(
      z
        .int({ error: `${name} must be a port, a whole number from 1 to 65535.` })
        .min(1, { error: `${name} must be a port, a whole number from 1 to 65535.` })
        .max(65535, { error: `${name} must be a port, a whole number from 1 to 65535.` }),
    )

const Environment = z
  .object({
    PORT: port('PORT', 3000),
    HOST: z
      .string()
      .default('127.0.0.1')
      .refine((host) => isIP(host) !== 0 || /^[A-Za-z0-9.-]+$/.test(host), {
        error: 'HOST must be an IP address or a host name. For example: 127.0.0.1',
      }),
    FAIRLEAD_API_PORT: port('FAIRLEAD_API_PORT', 3001),
    FAIRLEAD_DATA_DIR: z.string().min(1).default('.fairlead'),
    FAIRLEAD_ADMIN_EMAIL: z
      .string()
      .refine((email) => Email.safeParse(email).success, {
        error: 'FAIRLEAD_ADMIN_EMAIL must be an email address. For example: ada@example.com',
      })
      .optional(),
    FAIRLEAD_ADMIN_PASSWORD: z
      .string()
      .superRefine((password, context) => {
        const problem = NewPassword.safeParse(password).error?.issues[0]?.message
        if (problem) context.addIssue(`FAIRLEAD_ADMIN_PASSWORD is not usable: ${problem}`)
      })
      .optional(),
    FAIRLEAD_ACCESS_KEY: z
      .string()
      .regex(/^SCW[A-Z0-9]{17}$/, {
        error: 'FAIRLEAD_ACCESS_KEY must be SCW and 17 capital letters or digits.',
      })
      .optional(),
    FAIRLEAD_SECRET_KEY: z.guid({ error: 'FAIRLEAD_SECRET_KEY must be a UUID.' }).optional(),
    FAIRLEAD_IP_POOLS: z
      .string()
      .default('fr-par=127.51.0.0/24,nl-ams=127.31.0.0/24')
      .superRefine((text, context) => {
        try {
          parseIpPools(text)
        } catch (error) {
          context.addIssue((error as Error).message)
        }
      }),
  })
  .superRefine((env, context) => {
    if (env.PORT === env.FAIRLEAD_API_PORT) {
      context.addIssue(`PORT and FAIRLEAD_API_PORT are both ${env.PORT}. Each needs its own.`)
    }
    for (const [one, other] of [
      ['FAIRLEAD_ADMIN_EMAIL', 'FAIRLEAD_ADMIN_PASSWORD'],
      ['FAIRLEAD_ACCESS_KEY', 'FAIRLEAD_SECRET_KEY'],
    ] as const) {
      if ((env[one] === undefined) !== (env[other] === undefined)) {
        context.addIssue(`${one} and ${other} go together: set both or none.`)
      }
    }
  })

function parseArguments(args: string[]): { demo: boolean } {
  try {
    return {
      demo: parseArgs({ args, options: { demo: { type: 'boolean' } } }).values.demo ?? false,
    }
  } catch {
    throw new SettingsError(`The only option is --demo, but this was given: ${args.join(' ')}`)
  }
}

/**
 * Reads the environment and the arguments of `npm start`. A variable that is set but empty counts as unset.
 * @throws SettingsError with the first problem.
 */
export function readSettings(env: Record<string, string | undefined>, args: string[]): Settings {
  const { demo } = parseArguments(args)
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = Environment.safeParse(given)
  if (!parsed.success) throw new SettingsError(parsed.error.issues[0]?.message)
  const { PORT, HOST, FAIRLEAD_API_PORT, FAIRLEAD_DATA_DIR, ...rest } = parsed.data
  return {
    host: HOST,
    consolePort: PORT,
    apiPort: FAIRLEAD_API_PORT,
    dataDir: resolve(FAIRLEAD_DATA_DIR),
    demo,
    controlPlane: Object.fromEntries(
      Object.entries(rest).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  }
}

/** The URL of a port of this installation, for people and for the processes on this machine. */
export function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
