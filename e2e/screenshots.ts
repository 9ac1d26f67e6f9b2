import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { makeExpiredCertificate } from '#lib/testing/make-certificate.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { type Fixtures, startFixtures } from './fixtures/start-fixtures.ts'
import { Api } from './support/api.ts'
import { browserOptions } from './support/browser.ts'
import { logIn } from './support/console-test.ts'
import { startInstallation } from './support/installation.ts'
import { quarantineOn } from './support/quarantine-on.ts'

// Takes a screenshot of every screen in light mode, dark mode and phone width, for review: npm run screenshots [directory]
// Default directory: `test-results/screenshots`.

const directory = process.argv[2] ?? join('test-results', 'screenshots')
mkdirSync(directory, { recursive: true })

const installation = await startInstallation()
let fixtures: Fixtures | null = null
const browser = await chromium.launch(browserOptions())

const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 860 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 860 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
} as const

/** The path of a screen, and the actions before its screenshot. */
type Screen = string | { path: string; act: (page: Page) => Promise<void> }

async function takeAll(page: Page, screens: Record<string, Screen>): Promise<void> {
  for (const [name, screen] of Object.entries(screens)) {
    const { path, act } = typeof screen === 'string' ? { path: screen, act: null } : screen
    await page.goto(installation.consoleUrl + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await act?.(page)
    for (const [look, { colorScheme, viewport }] of Object.entries(LOOKS)) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize(viewport)
      // Places a sticky menu at the top of the screenshot.
      await page.evaluate(() => window.scrollTo(0, 0))
      const path = join(directory, `${name}-${look}.png`)
      await page.screenshot({ path, fullPage: true, animations: 'disabled' })
    }
  }
}

async function openToken(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: /^Actions for deploy pipeline of/ }).click()
  await page.getByRole('menuitem', { name: action }).click()
  await page.getByRole('dialog').waitFor()
}

try {
  const page = await browser.newPage({ baseURL: installation.consoleUrl })
  await takeAll(page, { login: '/login' })
  await logIn(page)
  await takeAll(page, {
    presentation: '/network/load-balancers',
    create: '/network/load-balancers/create',
  })
  const api = new Api(installation)
  fixtures = await startFixtures(api)
  const lb = fixtures.lb('shop')
  const publicId = (await api.children(lb.id)).frontends.find(({ name }) => name === 'public')?.id
  const pageOf = (name: string) => `/network/load-balancers/${fixtures?.lb(name).id}`
  const { key, certificate } = makeExpiredCertificate()
  await api.ok('POST', `/lb/v1/regions/fr-par/lbs/${lb.id}/certificates`, {
    name: 'expired',
    custom_certificate: { certificate_chain: key + certificate },
  })
  await api.ok('POST', '/fairlead/v1/tokens', {
    name: 'deploy pipeline of the payments team',
    networks: ['203.0.113.0/24', '2001:db8::/32'],
  })
  // A flood of denials is one line of the audit log, with what was denied.
  for (const path of ['lbs', 'audit', 'tokens', 'lbs']) {
    await fetch(`${installation.apiUrl}/fairlead/v1/${path}`, {
      headers: { 'X-Auth-Token': '00000000-0000-4000-8000-000000000000' },
    })
  }
  await api.ok('PUT', `/lb/v1/regions/fr-par/lbs/${lb.id}`, { ...lb, description: 'The shop' })
  const own = pageOf('shop')
  await page.goto(own)
  await page.getByText('4/4 up').filter({ visible: true }).waitFor()
  await takeAll(page, {
    list: '/network/load-balancers',
    overview: {
      path: own,
      act: async (page) => {
        await page.getByRole('region', { name: 'Traffic', exact: true }).scrollIntoViewIfNeeded()
        await page.locator('canvas').first().waitFor()
      },
    },
    frontends: `${own}/frontends`,
    backends: `${own}/backends`,
    'failing-overview': pageOf('billing'),
    'failing-frontends': `${pageOf('billing')}/frontends`,
    'failing-backends': `${pageOf('billing')}/backends`,
    'large-overview': pageOf('platform-edge'),
    'large-frontends': `${pageOf('platform-edge')}/frontends`,
    'large-backends': `${pageOf('platform-edge')}/backends`,
    'bare-overview': pageOf('bare'),
    'no-servers-overview': pageOf('landing-page'),
    'frontend-edit': {
      path: `${own}/frontends`,
      act: async (page) => {
        await page.getByRole('button', { name: 'Edit public' }).click()
        await page.getByText('Advanced').click()
        await page.getByLabel('Protocol, frontend public').selectOption('TCP')
        await page.getByRole('button', { name: 'Save' }).click()
      },
    },
    'backend-edit': {
      path: `${own}/backends`,
      act: async (page) => {
        await page.getByRole('button', { name: 'Edit web' }).click()
        await page.getByLabel('Sticky session, backend web').selectOption('Cookie')
        await page.getByRole('button', { name: 'Test servers' }).click()
        await page.getByText('All 4 servers answer').waitFor()
        await page.getByText('Advanced').click()
      },
    },
    'frontend-new': `${own}/frontends/new`,
    'backend-new': `${own}/backends/new`,
    routing: `${own}/frontends/${publicId}`,
    'acl-new': {
      path: `${own}/frontends/${publicId}`,
      act: async (page) => {
        await page.getByRole('button', { name: 'Add ACL' }).click()
        await page.getByRole('dialog').waitFor()
      },
    },
    certificates: `${own}/certificates`,
    'certificate-new': {
      path: `${own}/certificates`,
      act: async (page) => {
        await page.getByRole('button', { name: 'Add certificate' }).click()
        await page.getByRole('dialog').waitFor()
      },
    },
    'private-networks': `${own}/private-networks`,
    resize: {
      path: own,
      act: async (page) => {
        await page.getByRole('button', { name: 'Change type' }).click()
        await page.getByRole('dialog').getByRole('radio').first().waitFor()
      },
    },
    'copy-as': {
      path: own,
      act: async (page) => {
        await page.getByRole('button', { name: 'Copy as' }).click()
        await page.getByRole('dialog').getByRole('region').waitFor()
      },
    },
    subscribers: '/network/subscribers',
    'subscriber-new': {
      path: '/network/subscribers',
      act: async (page) => {
        await page.getByRole('button', { name: 'Create subscriber' }).first().click()
        await page.getByRole('dialog').waitFor()
      },
    },
    history: `${own}/history`,
    'history-restore': {
      path: `${own}/history`,
      act: async (page) => {
        await page
          .getByRole('button', { name: /^Restore/ })
          .last()
          .click()
        await page.getByRole('list', { name: 'What would change' }).waitFor()
      },
    },
    palette: {
      path: own,
      act: async (page) => {
        const dialog = page.getByRole('dialog')
        // The key only has an effect after hydration.
        await waitFor('the palette is open', async () => {
          await page.keyboard.press('ControlOrMeta+k')
          return (await dialog.count()) > 0
        })
        await dialog.getByRole('combobox').fill('web')
        await dialog.getByRole('option', { name: /^Backend rule web ·/ }).waitFor()
      },
    },
    drill: {
      path: own,
      act: async (page) => {
        const button = page.getByRole('button', { name: 'Switch over' })
        await button.click()
        await page.getByRole('dialog').getByRole('button', { name: 'Switch over' }).click()
        await page.getByText('none was lost').waitFor()
      },
    },
    'last-failovers': own,
    nodes: '/network/load-balancers/nodes',
    'ip-addresses': '/network/ip-addresses',
    documentation: '/docs',
    'documentation-page': '/docs/access-log',
    'api-reference': '/docs/api',
    security: '/account/security',
    people: '/account/people',
    audit: {
      path: '/account/audit',
      act: async (page) => {
        await page.locator('summary').first().click()
      },
    },
    'api-tokens': '/account/api-tokens',
    'api-token-new': {
      path: '/account/api-tokens',
      act: async (page) => {
        await page.getByRole('button', { name: 'Create API token' }).first().click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('Name').fill('deploy pipeline')
        await dialog.getByRole('button', { name: 'Create API token' }).click()
        await dialog.getByText('The secret key is shown only now.').waitFor()
      },
    },
    'api-token-edit': {
      path: '/account/api-tokens',
      act: (page) => openToken(page, 'Edit'),
    },
    'api-token-hand-over': {
      path: '/account/api-tokens',
      act: (page) => openToken(page, 'Hand over'),
    },
    'not-found': '/network/load-balancers/00000000-0000-4000-8000-000000000000',
  })
  await quarantineOn(installation, api, 'fr-par-a', lb.id)
  await takeAll(page, { quarantined: own, 'nodes-quarantined': '/network/load-balancers/nodes' })
} finally {
  await browser.close()
  await installation.remove()
  await fixtures?.stop()
}
