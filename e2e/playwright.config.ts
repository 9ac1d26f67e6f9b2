import { defineConfig, devices } from '@playwright/test'
import { findProgram } from './support/programs.ts'

const executablePath = findProgram('chromium')
const launchOptions = {
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  ...(executablePath ? { executablePath } : {}),
}

export default defineConfig({
  testDir: './console',
  outputDir: '../test-results',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  use: { ...devices['Desktop Chrome'], launchOptions, trace: 'retain-on-failure' },
  projects: [
    { name: 'desktop' },
    // What these show at phone width, others do, too.
    {
      name: 'phone',
      testIgnore: /(first-account|bad-weather|live-updates|budget|api-reference)/,
      use: { viewport: { width: 360, height: 740 } },
    },
  ],
})
