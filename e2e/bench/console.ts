import { chromium, type Page } from '@playwright/test'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx } from '#lib/testing/programs/nginx.ts'
import { Api, backendOf } from '../support/api.ts'
import { browserOptions } from '../support/browser.ts'
import { SCRIPT_BUDGETS, weighedPages } from '../support/budgets.ts'
import { logIn } from '../support/console-test.ts'
import { startInstallation } from '../support/installation.ts'
import { type PageWeight, weighPage } from '../support/page-weight.ts'
import { timeSavedNotes } from './saved-note.ts'
import { readVitals, type Vitals, watchVitals } from './vitals.ts'

// Measures the console in a browser that is slowed down four times, and compares it with its goals.
// Exits with 1 if a goal is missed: npm run bench:console [-- --many | --notes]
// --many lists 1,200 load balancers as well; --notes measures only the note after a save.

const RUNS = 3
const SLOWDOWN = 4
const MANY = 1200
const MANY_AT_ONCE = 16
const EDITS = 30
const PORT = 8187
const LIMITS = { lcpMs: 1200, inpMs: 100, cls: 0.02, rows: 100 }

type Act = (page: Page) => Promise<void>

const addresses = ownAddresses(3)
const servers = await Promise.all(addresses.map((ip, index) => startNginx(`web${index}`, ip, PORT)))
const installation = await startInstallation()
const browser = await chromium.launch(browserOptions())
const misses: string[] = []

/** A cell of the table, marked if it is over its limit. */
function cell(name: string, value: number, limit: number, shown: string): string {
  if (value <= limit) return shown
  misses.push(`${name}: ${shown}`)
  return `${shown} !`
}

const median = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** One visit with an empty cache in a slowed browser, with one action. */
async function visit(url: string, act: Act | null, state: State): Promise<Vitals> {
  const context = await browser.newContext({ storageState: state })
  const page = await context.newPage()
  try {
    await watchVitals(page)
    const session = await context.newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN })
    await page.goto(url, { waitUntil: 'networkidle' })
    // A person looks at the page before acting.
    await page.evaluate(() => new Promise((done) => requestIdleCallback(done)))
    await act?.(page)
    return await readVitals(page)
  } finally {
    await context.close()
  }
}

type State = Awaited<ReturnType<Awaited<ReturnType<typeof browser.newContext>>['storageState']>>

async function weigh(url: string, state: State): Promise<PageWeight> {
  const context = await browser.newContext({ storageState: state })
  try {
    return await weighPage(await context.newPage(), url)
  } finally {
    await context.close()
  }
}

async function measure(
  name: string,
  { path, budget, act }: { path: string; budget: number; act: Act | null },
  state: State,
): Promise<Record<string, string | number>> {
  const url = installation.consoleUrl + path
  const weight = await weigh(url, state)
  const visits: Vitals[] = []
  for (let run = 0; run < RUNS; run += 1) visits.push(await visit(url, act, state))
  const all = (of: (vitals: Vitals) => number) => visits.map(of)
  const lcp = all((vitals) => vitals.lcpMs)
  const inp = all((vitals) => vitals.inpMs)
  const worst = (values: number[]) => Math.round(Math.max(...values))
  const shift = Math.max(...all((vitals) => vitals.cls))
  const both = (values: number[]) => `${Math.round(median(values))} / ${worst(values)}`
  return {
    page: name,
    'JS kB': cell(`${name}, JS kB`, weight.scriptBytes, budget, kilobytes(weight.scriptBytes)),
    'at most': kilobytes(budget),
    requests: weight.requests,
    'TTFB ms': Math.round(median(all((vitals) => vitals.ttfbMs))),
    'LCP ms': cell(`${name}, LCP`, median(lcp), LIMITS.lcpMs, both(lcp)),
    'INP ms': cell(`${name}, INP`, median(inp), LIMITS.inpMs, both(inp)),
    CLS: cell(`${name}, CLS`, shift, LIMITS.cls, shift.toFixed(3)),
  }
}

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1)

const openMenu: Act = async (page) => {
  await page.getByRole('button', { name: /ada@example.com/ }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).waitFor()
  await page.keyboard.press('Escape')
}

/** The first action on each page. On all others it is opening the account menu. */
const ACTS: Record<string, Act> = {
  login: async (page) => {
    await page.getByLabel('Email').pressSequentially('ada@example.com')
    await page.getByLabel('Password').pressSequentially('wrong')
    await page.getByRole('button', { name: 'Show characters' }).click()
  },
  list: async (page) => {
    await page.getByRole('searchbox').first().pressSequentially('shop')
    await openMenu(page)
  },
  create: async (page) => {
    await page.getByLabel('Name').first().pressSequentially('site')
  },
  frontends: async (page) => {
    await page.getByRole('button', { name: 'Edit public' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
  },
}

/** Creates many load balancers, and counts the rows that the list renders. */
async function measureMany(api: Api, state: State): Promise<void> {
  const names = Array.from({ length: MANY }, (_, index) => `many-${index}`)
  const next = async (): Promise<void> => {
    for (let name = names.pop(); name; name = names.pop()) {
      await api.ok('POST', '/lb/v1/regions/fr-par/lbs', { name, assign_flexible_ip: false })
    }
  }
  await Promise.all(Array.from({ length: MANY_AT_ONCE }, next))
  const context = await browser.newContext({ storageState: state })
  const page = await context.newPage()
  await page.goto(`${installation.consoleUrl}/network/load-balancers`)
  await page.getByRole('row').nth(1).waitFor()
  const rows = await page.locator('tr').count()
  console.log(`\n${MANY} load balancers: ${cell('rows', rows, LIMITS.rows, `${rows} rows`)}`)
  await context.close()
}

/** How soon "Applied on 2 of 2" follows a save, by the event stream and without one. */
async function measureSavedNotes(lb: Lb, state: State): Promise<void> {
  for (const [name, blocked] of [
    ['event stream', []],
    ['polling, without the event stream', ['**/api/fairlead/v1/events*']],
  ] as const) {
    const context = await browser.newContext({ storageState: state })
    for (const url of blocked) await context.route(url, (route) => route.abort())
    const page = await context.newPage()
    await page.goto(`${installation.consoleUrl}/network/load-balancers/${lb.id}/frontends`)
    const times = await timeSavedNotes(page, EDITS)
    const [p50, p99, max] = [times.p50, times.p99, times.max].map(Math.round)
    console.log(
      `Note after a save, ${EDITS} edits, ${name}: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`,
    )
    await context.close()
  }
}

async function measurePages(lb: Lb, nobody: State, ada: State): Promise<void> {
  const rows = [
    await measure(
      'login',
      { path: '/login', budget: SCRIPT_BUDGETS.login, act: ACTS.login ?? null },
      nobody,
    ),
  ]
  for (const [name, { path, kind }] of Object.entries(
    weighedPages(`/network/load-balancers/${lb.id}`),
  )) {
    const act = ACTS[name] ?? openMenu
    rows.push(await measure(name, { path, budget: SCRIPT_BUDGETS[kind], act }, ada))
  }
  console.log(
    `At ${SLOWDOWN}x slowdown, median / worst of ${RUNS} visits; to reach: LCP ${LIMITS.lcpMs} ms, INP ${LIMITS.inpMs} ms, CLS ${LIMITS.cls}`,
  )
  console.table(rows)
}

try {
  const api = new Api(installation)
  const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name: 'shop',
    tags: ['production'],
    backends: [backendOf(addresses, PORT), backendOf(addresses.slice(0, 2), PORT, { name: 'api' })],
    frontends: [
      { name: 'public', inbound_port: 8080, backend: 'web' },
      { name: 'internal', inbound_port: 8081, backend: 'api' },
    ],
  })
  await api.waitForStatus(lb.id, 'ready')
  const page = await browser.newPage({ baseURL: installation.consoleUrl })
  const nobody = await page.context().storageState()
  await logIn(page)
  const ada = await page.context().storageState()
  await page.context().close()

  if (!process.argv.includes('--notes')) await measurePages(lb, nobody, ada)
  await measureSavedNotes(lb, ada)
  if (process.argv.includes('--many')) await measureMany(api, ada)
} finally {
  await browser.close()
  await installation.remove()
  await Promise.all(servers.map((server) => server.remove()))
}
if (misses.length > 0) console.error(`\nMissed:\n${misses.join('\n')}`)
process.exitCode = misses.length === 0 ? 0 : 1
