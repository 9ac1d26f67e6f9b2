import { readFileSync } from 'node:fs'
import { createVitest } from 'vitest/node'
import * as z from 'zod'
import { SelectedFile, writeEvent } from './report.ts'
import { VitestEventReporter } from './vitest-reporter.ts'

const Request = z.object({
  project: z.string(),
  report: z.string(),
  files: z.array(SelectedFile).nullable(),
  path: z.string().nullable(),
  testName: z.string().nullable(),
  alone: z.boolean(),
})
/** What a session runs: the given files, or those whose path contains `path`; sequentially if `alone`. */
export type VitestRequest = z.infer<typeof Request>

// A separate process, started by run-tests.ts, because vitest selects tests by ID only through its API.
const request = Request.parse(JSON.parse(readFileSync(process.argv[2] as string, 'utf8')))
const root = process.cwd()
const vitest = await createVitest({
  root,
  run: true,
  watch: false,
  project: [request.project],
  // Our reporter first: the other one throws at an error that is its own cause.
  reporters: [new VitestEventReporter(request.report, root), 'default'],
  ...(request.testName === null ? {} : { testNamePattern: request.testName }),
})
for (const { config } of vitest.projects) {
  // Full values in messages, and full stacks.
  config.chaiConfig = { ...config.chaiConfig, truncateThreshold: 0 }
  config.execArgv = [...config.execArgv, '--stack-trace-limit=100']
  if (request.alone) Object.assign(config, { isolate: true, fileParallelism: false, maxWorkers: 1 })
}
await vitest.standalone()
const all = await vitest.globTestSpecifications()
const wanted = new Map(request.files?.map(({ file, ids }) => [`${root}/${file}`, ids]))
const specifications = all.filter(({ moduleId }) =>
  request.files ? wanted.has(moduleId) : moduleId.includes(request.path ?? ''),
)
for (const specification of specifications) {
  const ids = wanted.get(specification.moduleId) ?? []
  if (ids.length > 0) specification.testIds = ids
}
if (specifications.length > 0) await vitest.runTestSpecifications(specifications, true)
else writeEvent(request.report, { event: 'finished' })
await vitest.exit()
