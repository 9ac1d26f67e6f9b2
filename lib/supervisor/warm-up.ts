import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { inheritedEnvironment } from './child-environment.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const IMPORTS = "await Promise.all([import('#lib/node/agent.ts'), import('pino')])"

/**
 * Has Node compile what a node runs into its cache, beside everything else, so that a region's first load balancer
 * waits for half as long. Nothing depends on its success.
 */
export function warmUp(): void {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', IMPORTS]
  const env = inheritedEnvironment('node')
  spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'ignore' }).on('error', () => {})
}
