import { defineConfig, devices } from '@playwright/test'
import { browserOptions } from './support/browser.ts'

export default defineConfig({
  testDir: './console',
  outputDir: '../test-results',
  // Only a test that hangs takes this long.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  // A trace costs a third of the time. Enable it with --trace retain-on-failure.
  use: {
    ...devices['Desktop Chrome'],
    launchOptions: browserOptions(),
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'desktop' },
    // Other tests cover these screens at phone width. The lists test both widths itself.
    {
      name: 'phone',
      testIgnore:
        /(first-account|bad-weather|live-updates|budget|api-reference|documentation|lists|conflict|copy-as|failover|follow-database|palette|several-consoles|test-servers|traffic)/,
      use: { viewport: { width: 360, height: 740 } },
    },
  ],
})
