import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const DOCS = join(import.meta.dirname, '..', '..', 'app', '(console)', 'docs')

/** What a machine of a test has already, without a network to get it from: packages, and the checkout with its dependencies. */
const AT_HAND = /^sudo (apt|git|npm ci)\b.*$/gm

/** The machine of the test may not have it. */
const SUDO = `sudo() {
  if [ "$1" = -u ]; then
    user=$2
    shift 2
    runuser -u "$user" -- env HOME=/var/lib/fairlead "$@"
  else
    "$@"
  fi
}`

/** The blocks of a section of the documentation, such as `### 2. The hosts` of the page `service`: shell commands, or others. */
export function documentedBlocks(page: string, heading: string, language = 'sh'): string[] {
  const text = readFileSync(join(DOCS, `${page}.md`), 'utf8')
  const [, after] = text.split(`\n${heading}\n`)
  if (after === undefined) throw new Error(`${page}.md has no section ${heading}`)
  const [section = ''] = after.split(/^#{1,3} \S/m)
  const blocks = [...section.matchAll(/^ *```(\w+)\n(.*?)^ *```/gms)]
  return blocks
    .filter(([, own]) => own === language)
    .map(([, , block = '']) => block.replace(/^ +/gm, ''))
}

/**
 * Makes documented commands a script for a machine of the test.
 * @param replace what differs in the test, as pairs of a text that the commands have and another one
 */
export function scriptOf(commands: string, ...replace: [string | RegExp, string][]): string {
  let script = commands.replace(AT_HAND, 'cd /opt/fairlead')
  for (const [from, to] of replace) {
    const replaced = script.replace(from, () => to)
    if (replaced === script)
      throw new Error(`${from} isn't in the documented commands:\n${commands}`)
    script = replaced
  }
  return `${SUDO}\n${script}`
}
