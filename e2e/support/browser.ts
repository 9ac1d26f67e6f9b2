import { execFileSync } from 'node:child_process'
import type { LaunchOptions } from '@playwright/test'
import { findProgram } from '#lib/testing/programs/programs.ts'

/** Debian's browser for this, which draws no window, for less than half the processor time; else the usual one. */
const NAMES = ['chromium-headless-shell', 'chromium']

/** The path of the machine's Chromium, or null where it has none. */
export function findBrowser(): string | null {
  return NAMES.map(findProgram).find((path) => path !== null) ?? null
}

/** How tests start Chromium: the machine's own, or else the one that Playwright has fetched. */
export function browserOptions(): LaunchOptions {
  const executablePath = findBrowser()
  return {
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    ...(executablePath ? { executablePath } : {}),
  }
}

/** Has Playwright fetch its own Chromium where the machine has none and its packages could not be installed. */
export function installBrowserElsewhere(): void {
  if (findBrowser()) return
  execFileSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'inherit' })
}
