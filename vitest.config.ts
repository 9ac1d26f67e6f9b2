import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    environment: 'node',
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{lib,components,e2e/test-run}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts'],
          // No test changes what its module or process share, so all files of a worker share one set of modules.
          isolate: false,
          testTimeout: 10_000,
        },
      },
      {
        // Beside its subject too, but with processes or passwords, whose cost is their point.
        test: {
          name: 'integration',
          include: ['{lib,components,e2e/test-run}/**/*.integration.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['e2e/stack/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
