import { playwrightSuite, vitestSuite } from './run-tests.ts'

export const VITEST_UNIT = vitestSuite('unit')
export const VITEST_INTEGRATION = vitestSuite('integration')
export const VITEST_POSTGRES = vitestSuite('postgres')
export const VITEST_PROMISES = vitestSuite('promises')
export const VITEST_STACK = vitestSuite('stack')
export const VITEST_CLIENTS = vitestSuite('clients')
export const VITEST_CLUSTER = vitestSuite('cluster')
export const PLAYWRIGHT = playwrightSuite('e2e/playwright.config.ts')
