import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const TRACKED = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n').filter(Boolean)
const DOCUMENTS = TRACKED.filter((file) => file.endsWith('.md') && existsSync(file))

/** Names of files in backticks: `lib/core/lb.ts`, `plan.ts`, `lib/supervisor`; not `lib/testing/MODULE`, with a placeholder. */
function namedFiles(text: string): string[] {
  const quoted = [...text.matchAll(/`([\w@()[\]./-]+)`/g)]
    .map((match) => match[1] as string)
    .filter((name) => !/\/[A-Z]+(\/|$)/.test(name))
  return quoted.filter(
    (name) =>
      /^[^.].*\.(ts|tsx|mjs|sh|md|service)$/.test(name) || /^(lib|app|components|e2e)\//.test(name),
  )
}

/** A name is a path from the document's folder, from the top, or the end of exactly such a path. */
function exists(name: string, document: string): boolean {
  const path = name.replace(/\/$/, '')
  return (
    existsSync(join(dirname(document), path)) ||
    existsSync(path) ||
    TRACKED.some((file) => existsSync(file) && file.endsWith(`/${path}`))
  )
}

function missing(document: string, text: string): string[] {
  return namedFiles(text).filter((name) => !exists(name, document))
}

describe('documentation', () => {
  test('names only files that exist', () => {
    expect(DOCUMENTS.length).toBeGreaterThan(10)
    const found = DOCUMENTS.flatMap((document) =>
      missing(document, readFileSync(document, 'utf8')).map((name) => `${document}: ${name}`),
    )
    expect(found).toEqual([])
  })

  test('a name without a file is found', () => {
    expect(
      missing('ARCHITECTURE.md', 'See `lib/runtime/gone.ts`, `lib/core` and `gone.ts`.'),
    ).toEqual(['lib/runtime/gone.ts', 'gone.ts'])
  })
})
