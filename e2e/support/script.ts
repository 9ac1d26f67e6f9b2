import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Runs a script of package.json, `npm run name -- args`, to its end. */
export async function runScript(name: string, args: string[], dataDir: string) {
  const child = spawn('npm', ['run', '--silent', name, '--', ...args], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { ...process.env, FAIRLEAD_DATA_DIR: dataDir },
    stdio: 'pipe',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(child, 'close')
  return { code: code as number, output }
}
