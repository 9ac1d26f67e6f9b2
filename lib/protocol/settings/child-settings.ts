import * as z from 'zod'

/** The environment variable with the settings of a child process, as JSON. The supervisor sets it. */
export const SETTINGS_VARIABLE = 'FAIRLEAD_SETTINGS'

/** The environment variable that gives a child process its settings. */
export function settingsVariable<Schema extends z.ZodType>(
  schema: Schema,
  settings: z.output<Schema>,
): Record<string, string> {
  return { [SETTINGS_VARIABLE]: JSON.stringify(z.encode(schema, settings)) }
}

/**
 * Reads the settings that the supervisor has given this process.
 * @throws Error with a one-line message without any values, because they may be secrets
 */
export function readChildSettings<Schema extends z.ZodType>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>> = process.env,
): z.output<Schema> {
  const text = env[SETTINGS_VARIABLE]
  if (!text) {
    throw new Error(
      `${SETTINGS_VARIABLE} is not set. Start Fairlead with "npm start": the supervisor sets it.`,
    )
  }
  const decoded = z.safeDecode(schema, parseJson(text) as z.input<Schema>)
  if (decoded.success) return decoded.data
  const [issue] = decoded.error.issues
  throw new Error(`${SETTINGS_VARIABLE} is invalid: ${issue?.path.join('.')}: ${issue?.message}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The message of the SyntaxError has a part of the text.
    throw new Error(`${SETTINGS_VARIABLE} is invalid: it is not JSON.`)
  }
}
