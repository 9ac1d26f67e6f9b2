import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { contain } from '#lib/process/faults.ts'

/** Where programs are looked for, whatever the caller's PATH. */
const DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** All that the programs get. `nft -i` would keep its history in HOME. */
export const PROGRAM_ENVIRONMENT = {
  PATH: DIRECTORIES.join(':'),
  LC_ALL: 'C',
  HOME: '/nonexistent',
} as unknown as NodeJS.ProcessEnv

/** The Debian package of each program that the helper runs. */
const PACKAGES = {
  ip: 'iproute2',
  nft: 'nftables',
  keepalived: 'keepalived',
  perl: 'perl-base',
  chrt: 'util-linux',
  setpriv: 'util-linux',
  mkfifo: 'coreutils',
  nice: 'coreutils',
} as const
export type Program = keyof typeof PACKAGES

/** A program's path. @throws Error that names the package which has it */
export function programPath(program: Program): string {
  for (const directory of DIRECTORIES) {
    const path = join(directory, program)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // In another directory, or nowhere.
    }
  }
  throw new Error(`${program} is not installed. Install the package ${PACKAGES[program]}.`)
}

/** The packages to install, each once. */
export function missingPackages(): string[] {
  const programs = Object.keys(PACKAGES) as Program[]
  const missing = programs.filter((program) => !isInstalled(program))
  return [...new Set(missing.map((program) => PACKAGES[program]))]
}

function isInstalled(program: Program): boolean {
  try {
    programPath(program)
    return true
  } catch {
    return false
  }
}

/** Why this kernel can't do it, as a sentence; null if it can. Older ones have no rules for what leaves an interface. */
export function kernelProblem(version = release()): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 5 || (major === 5 && minor >= 16) ? null : 'It takes Linux 5.16 or later.'
}

/** The sentence of each program that is missing. */
export function missingPrograms(): string[] {
  return (Object.keys(PACKAGES) as Program[]).flatMap((program) => {
    try {
      programPath(program)
      return []
    } catch (error) {
      return [(error as Error).message]
    }
  })
}

/**
 * A command that runs a program before others, but not in real time, as it would if it inherited the helper's scheduling: it may
 * keep a CPU busy for a while.
 */
function atUsualPriority(program: Program, args: string[]): [string, string[]] {
  const command = [programPath('chrt'), '--other', '0', programPath(program), ...args]
  return [programPath('nice'), ['-n', '-10', ...command]]
}

/**
 * Runs a program to its end.
 * @returns its standard output
 * @throws Error with its standard error if it fails
 */
export function runProgram(program: Program, args: string[], input = ''): Promise<string> {
  const [command, commandArgs] = atUsualPriority(program, args)
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArgs, { env: PROGRAM_ENVIRONMENT })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on(
      'data',
      contain('process', (text: string) => {
        output += text
      }),
    )
    child.stderr.setEncoding('utf8').on(
      'data',
      contain('process', (text: string) => {
        errors += text
      }),
    )
    // It may end before it has read everything; its exit code says why.
    child.stdin.on('error', () => {})
    child.on(
      'error',
      contain('process', (error: Error) => reject(error)),
    )
    child.on(
      'close',
      contain('process', (code: number | null) => {
        if (code === 0) resolve(output)
        else reject(new Error(`${program} failed: ${oneLine(errors) || `exit code ${code}`}`))
      }),
    )
    child.stdin.end(input)
  })
}

/** A program's message as one line that fits into a sentence. */
export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 300)
}
