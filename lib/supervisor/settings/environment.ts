/** The environment of `npm start`. A variable that is set but empty counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

type Range = { min: number; max: number }

/** A whole number. @throws Error with a one-line message */
export function readWholeNumber(
  env: Environment,
  name: string,
  preset: number,
  { min, max }: Range,
): number {
  const text = env[name] || String(preset)
  const value = Number(text)
  if (/^\d{1,9}$/.test(text) && value >= min && value <= max) return value
  throw new Error(`${name} must be a whole number from ${min} to ${max}, not "${text}".`)
}

/** A port, 1 to 65535. @throws Error with a one-line message */
export function readPort(env: Environment, name: string, preset: number): number {
  const port = Number(env[name] || preset)
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port
  throw new Error(`${name} must be a port, a whole number from 1 to 65535.`)
}
