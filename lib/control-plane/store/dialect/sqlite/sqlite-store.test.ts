import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { describeStore } from '#lib/testing/control-plane/store-contract.ts'
import { openSqlite } from './sqlite-dialect.ts'

const directory = mkdtempSync(join(tmpdir(), 'fairlead-store-'))
afterAll(() => rmSync(directory, { recursive: true }))

describeStore('a store on SQLite', () => openSqlite(join(directory, 'fairlead.db')))
