import { execFileSync } from 'node:child_process'
import type { LaunchOptions } from '@playwright/test'
import { findProgram } from '#lib/testing/programs/programs.ts'

/** Debian's headless Chromium takes less than half the CPU time of the regular one, which is the alternative. */
const NAMES = ['chromium-headless-shell', 'chromium']

/** The path of the machine's Chromium; null if it has none. */
export function findBrowser(): string | null {
  return NAMES.map(findProgram).find((path) => path !== null) ?? null
}

/** Launch options: the machine's Chromium, or else Playwright's. */
export function browserOptions(): LaunchOptions {
  const executablePath = findBrowser()
  return {
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    ...(executablePath ? { executablePath } : {}),
  }
}

/** Lets Playwright download Chromium if the machine has none and no package could be installed. */
export function installBrowserElsewhere(): void {
  if (findBrowser()) return
  execFileSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'inherit' })
}
